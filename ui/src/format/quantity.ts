/** Quantities in thousandths of a unit, and shares in tenths of a percent, as people read them. */
import type { Unit } from "../generated/Unit";
import { MINUS } from "./money";

/** `3` for pieces, `0.862 kg` for weighed goods. */
export function quantity(milli: number, unit: Unit): string {
  switch (unit) {
    case "piece":
      return bare(milli);
    case "kilogram":
      return `${decimal(milli)} kg`;
  }
}

/** A quantity whose unit is not known yet: `3`, or `0.5` where it is not whole. */
export function bare(milli: number): string {
  return decimal(milli).replace(/\.?0+$/, "");
}

/** `58.8%` from 588; no decimal is dropped, so that a column lines up. */
export function percent(permille: number): string {
  const digits = String(Math.abs(permille)).padStart(2, "0");
  return `${permille < 0 ? MINUS : ""}${digits.slice(0, -1)}.${digits.slice(-1)}%`;
}

function decimal(milli: number): string {
  const digits = String(Math.abs(milli)).padStart(4, "0");
  return `${milli < 0 ? MINUS : ""}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}
