/** Where the bars of the hours stand. Heights are shares of the axis; no amount is worked out from them. */
import type { TakingsHour } from "../../generated/TakingsHour";

export type Axis = { top_minor: number; marks_minor: number[] };

/** Round axis marks that cover the highest bar: at most four steps of 1, 2 or 5 times a power of ten yuan. */
export function axis(hours: TakingsHour[]): Axis {
  const STEPS_MAX = 4;
  const highest = Math.max(100, ...hours.flatMap((h) => [h.net_minor, h.compare_minor ?? 0]));
  let step = 100;
  for (let power = 100; highest > step * STEPS_MAX; power *= 10) {
    step = [power, 2 * power, 5 * power, 10 * power].find((s) => highest <= s * STEPS_MAX) ?? 10 * power;
  }
  const steps = Math.ceil(highest / step);
  return { top_minor: step * steps, marks_minor: Array.from({ length: steps + 1 }, (_, i) => step * i) };
}

/** Every hour from the first to the last, with gaps filled, so that the clock runs evenly. */
export function even_hours(hours: TakingsHour[]): TakingsHour[] {
  const known = new Map(hours.map((h) => [h.hour, h]));
  const all = [...known.keys()];
  if (all.length === 0) return [];
  const first = Math.min(...all);
  const last = Math.max(...all);
  return Array.from({ length: last - first + 1 }, (_, i) => known.get(first + i) ?? { hour: first + i, net_minor: 0, compare_minor: null, unfinished: false });
}

/** The share of the axis that an amount reaches, 0 to 100. */
export function height_percent(value: number, top: number): number {
  return Math.max(0, Math.min(100, (100 * value) / top));
}

/** The hour with the most, which alone carries its number. */
export function peak_hour(hours: TakingsHour[]): number | null {
  return hours.reduce<TakingsHour | null>((best, h) => (h.net_minor > (best?.net_minor ?? 0) ? h : best), null)?.hour ?? null;
}
