/**
 * A key that took part of the money and is pressed again at once was meant once: what it would do now, to
 * what is left, nobody can have read yet.
 */
import type { Pay } from "../generated/Pay";

/** Longer than a bounce or a double press takes, shorter than reading what is left. */
export const AGAIN_MS_MAX = 300;

export class Again {
  private by: string | null = null;
  private last_at_ms = -Infinity;

  /** This key or button has just taken part of the money. */
  took(by: string, at_ms: number): void {
    this.by = by;
    this.last_at_ms = at_ms;
  }

  /** Whether the press belongs to the one before. Going on pressing goes on meaning nothing. */
  swallows(by: string, at_ms: number): boolean {
    if (by !== this.by || at_ms - this.last_at_ms >= AGAIN_MS_MAX) return false;
    this.last_at_ms = at_ms;
    return true;
  }
}

/** Whether part of an order's money was taken or is being asked for, and the order still wants the rest. */
export function took_part(before: Pay | null, after: Pay | null): boolean {
  if (before === null || after === null || before.order_id !== after.order_id) return false;
  return after.open_minor < before.open_minor || after.due_minor < before.due_minor;
}
