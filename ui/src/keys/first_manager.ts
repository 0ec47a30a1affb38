/** When a shop is asked who manages its till, and what the keys do then. Pure, as `bindings.ts` is. */
import type { TillState } from "../generated/TillState";
import type { Binding } from "./situation";

/**
 * A till that has joined a real shop and has nobody who can approve asks for that person before it sells.
 * Never in the middle of anything: what is on the counter, or being paid, comes first.
 */
export function wants_first_manager({ shop, stage, basket, sync }: TillState): boolean {
  const is_free = stage === "sell" && basket.lines.length === 0;
  return is_free && !shop.has_manager && !shop.practice && sync.phase !== "alone";
}

export function first_manager_bindings(): Binding[] {
  return [
    { key: "Enter", intent: { do: "save_first_manager" }, shown: true },
    { key: "F2", intent: { do: "other_language" }, shown: true },
  ];
}
