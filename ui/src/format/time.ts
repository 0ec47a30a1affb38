/** Moments on the shop's clock, never on the machine's zone, and the time that is left. */
import type { Language } from "../generated/Language";

const parts_by_zone = new Map<string, Intl.DateTimeFormat>();

function clock_of(zone: string): Intl.DateTimeFormat {
  let found = parts_by_zone.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    parts_by_zone.set(zone, found);
  }
  return found;
}

/** `14:37:08`. */
export function hms(at_ms: number, zone: string): string {
  return clock_of(zone).format(at_ms);
}

/** `14:37`. */
export function hm(at_ms: number, zone: string): string {
  return hms(at_ms, zone).slice(0, 5);
}

/** What is left until a moment, `1:42`, in whole seconds and never below zero. */
export function left(until_ms: number, now_ms: number): string {
  const seconds = seconds_left(until_ms, now_ms);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Whole seconds until a moment, rounded up, never below zero. */
export function seconds_left(until_ms: number, now_ms: number): number {
  return Math.max(0, Math.ceil((until_ms - now_ms) / 1000));
}

/** A business day in words: `11 月 21 日 星期六`, `Saturday 21 November`. */
export function day_in_words(day: string, language: Language): string {
  const at = new Date(`${day}T00:00:00Z`);
  switch (language) {
    case "zh-CN":
      return `${at.getUTCMonth() + 1} 月 ${at.getUTCDate()} 日 ${part(at, "zh-CN", { weekday: "long" })}`;
    case "en":
      return `${part(at, "en-GB", { weekday: "long" })} ${part(at, "en-GB", { day: "numeric", month: "long" })}`;
  }
}

/** The weekday alone: `周六`, `Saturday`. */
export function weekday(day: string, language: Language): string {
  const at = new Date(`${day}T00:00:00Z`);
  return language === "zh-CN" ? part(at, "zh-CN", { weekday: "short" }) : part(at, "en-GB", { weekday: "long" });
}

/** The business day so many days away: `2026-11-20`. */
export function day_away(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

function part(at: Date, locale: string, wanted: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...wanted, timeZone: "UTC" }).format(at);
}
