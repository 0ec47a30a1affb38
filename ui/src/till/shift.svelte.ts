/**
 * The shift as its page shows it: the till's one answer, what is typed while counting, and the closed shifts.
 *
 * Figures come from the till whole. What is typed is kept by the till as it is typed, so nothing counted is lost
 * by leaving the page or by a power cut.
 */
import type { ClosedShift } from "../generated/ClosedShift";
import type { Counted } from "../generated/Counted";
import type { DifferenceReason } from "../generated/DifferenceReason";
import type { MoveCash } from "../generated/MoveCash";
import type { MoveDirection } from "../generated/MoveDirection";
import type { MoveReason } from "../generated/MoveReason";
import type { Problem } from "../generated/Problem";
import type { ShiftReport } from "../generated/ShiftReport";
import type { ShiftView } from "../generated/ShiftView";
import type { ShiftGlance, ShiftPlace } from "../keys/back_office";
import { minor_of, typed as typed_amount } from "../format/money";
import { rpc } from "../platform";
import { failed, in_turn } from "./commands";

/** Pieces of each note and coin as typed, by what one is worth. */
export type Count = Record<number, string>;

class Shift {
  view = $state.raw<ShiftView | null>(null);
  /** The closed shifts are looked at; else the present one. */
  looking_back = $state(false);
  float = $state("");
  count = $state<Count>({});
  /** A count that was put aside to count anew, until the first new entry. */
  put_aside = $state.raw<Count | null>(null);
  kind_index = $state(0);
  leave = $state("");
  reason = $state<DifferenceReason | null>(null);
  note = $state("");

  direction = $state<MoveDirection>("in");
  yuan = $state("");
  move_reason = $state<MoveReason>("change");
  move_note = $state("");
  move_problem = $state.raw<Problem | null>(null);

  closed = $state.raw<ClosedShift[] | null>(null);
  shift_id = $state<string | null>(null);
  report = $state.raw<ShiftReport | null>(null);

  /** The shift whose count is on screen: another one begins with its own. */
  private counting_for: string | null = null;
  private keeping = false;

  get place(): ShiftPlace {
    if (this.looking_back) return "closed";
    if (this.view === null) return "loading";
    return this.view.head === null ? "opening" : "counting";
  }

  get glance(): ShiftGlance {
    return {
      place: this.place,
      float: this.float,
      suggested_float_minor: this.view?.suggested_float_minor ?? 0,
      blind: this.view?.blind ?? true,
      shift_id: this.shift_id,
      direction: this.direction,
      yuan: this.yuan,
    };
  }

  /** What the fields of the open dialog ask for; a manager's word is added where it is needed. */
  get move(): MoveCash {
    const { direction, yuan, move_reason: reason, move_note: note, view } = this;
    return { direction, yuan, reason, note, approval: null, moves_seen: view?.moves ?? null };
  }

  async load(): Promise<void> {
    this.take(await rpc("shift.get", {}));
  }

  take(view: ShiftView): void {
    const shift_id = view.head?.shift_id ?? null;
    if (shift_id !== this.counting_for) {
      this.counting_for = shift_id;
      this.begin_count(Object.fromEntries(view.counted.map((c) => [c.denomination_minor, String(c.pieces)])));
    }
    this.view = view;
  }

  /** Something was typed for a note or a coin; the till keeps the whole count. */
  put(denomination_minor: number, text: string): void {
    this.put_aside = null;
    this.count = { ...this.count, [denomination_minor]: text.replace(/\D/g, "").slice(0, PIECES_DIGITS_MAX) };
    this.keep();
  }

  recount(): void {
    const before = this.count;
    this.begin_count({});
    this.put_aside = before;
    this.keep();
  }

  restore(): void {
    if (this.put_aside === null) return;
    this.count = this.put_aside;
    this.put_aside = null;
    this.keep();
  }

  /** What stays in the drawer; null is all of it, also where what was typed is no amount. */
  get leave_minor(): number | null {
    return this.leave === "" ? null : minor_of(this.leave);
  }

  open_move(direction: MoveDirection): void {
    this.direction = direction;
    this.yuan = "";
    this.move_note = "";
    this.move_problem = null;
    this.move_reason = direction === "in" ? "change" : "bank";
  }

  /** The float as it is sent: what was typed, else what the last close left. */
  float_yuan(suggested_minor: number): string {
    return this.float === "" ? typed_amount(suggested_minor) : this.float;
  }

  async load_closed(): Promise<void> {
    const closed = await rpc("shift.list", { limit: null });
    this.closed = closed;
    if (!closed.some((c) => c.shift_id === this.shift_id)) this.shift_id = closed[0]?.shift_id ?? null;
  }

  async load_report(shift_id: string): Promise<void> {
    const report = await rpc("shift.report", { shift_id });
    if (shift_id === this.shift_id) this.report = report;
  }

  begin_anew(): void {
    this.view = null;
    this.counting_for = null;
    this.looking_back = false;
    this.closed = null;
    this.shift_id = null;
    this.report = null;
    this.begin_count({});
  }

  private begin_count(count: Count): void {
    this.count = count;
    this.put_aside = null;
    this.kind_index = 0;
    this.leave = "";
    this.reason = null;
    this.note = "";
    this.float = "";
  }

  /** The count as its fields show it: what a close may freeze. */
  get count_seen(): Counted[] {
    return counted(this.count);
  }

  /** Has the till keep what the fields show, and shows what that comes to. */
  async keep_seen(): Promise<void> {
    this.take(await rpc("shift.count", { counted: this.count_seen }));
  }

  /** Sends the count as it is when its turn comes: what is typed meanwhile goes with it. */
  private keep(): void {
    if (this.keeping) return;
    this.keeping = true;
    void in_turn(async () => {
      this.keeping = false;
      await this.keep_seen();
    });
  }
}

/** The till takes 100 000 pieces of a kind at most: six digits, and one more says so. */
const PIECES_DIGITS_MAX = 7;

function counted(count: Count): Counted[] {
  return Object.entries(count)
    .filter(([, pieces]) => pieces !== "")
    .map(([denomination, pieces]) => ({ denomination_minor: Number(denomination), pieces: Number(pieces) }));
}

export const shift = new Shift();

/** Asks anew what is on the page; what cannot be had is said, and the page stays as it is. */
export function refresh_shift(): void {
  shift.load().catch(failed);
}
