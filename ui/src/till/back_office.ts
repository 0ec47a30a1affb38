/** The acts of the shift's page and of the people: opening, counting, closing, and who is at the till. */
import type { Intent } from "../keys/situation";
import type { CloseShift } from "../generated/CloseShift";
import type { ClosedShift } from "../generated/ClosedShift";
import type { MoveDirection } from "../generated/MoveDirection";
import type { Person } from "../generated/Person";
import { ProblemError, rpc } from "../platform";
import { change, in_turn } from "./commands";
import { desk } from "./desk.svelte";
import { shift } from "./shift.svelte";
import { till } from "./till.svelte";
import { within } from "./within";

export async function open_shift(intent: Extract<Intent, { do: "open_shift" }>): Promise<void> {
  await change(rpc("shift.open", { float_yuan: shift.float_yuan(intent.suggested_minor) }));
  await shift.load();
}

/** Any count closes a shift; what is missing to close it, the till says. */
export async function close_shift(): Promise<void> {
  const { reason, note, leave, leave_minor } = shift;
  if (leave !== "" && leave_minor === null) return desk.say(till.words.problems.AMOUNT_INVALID({ text: leave }), "problem");
  const is_even = shift.view?.difference_minor === 0;
  const closed = await frozen({ reason: is_even ? null : reason, note, leave_minor, count_seen: shift.count_seen });
  shift.shift_id = closed.shift_id;
  shift.looking_back = true;
  desk.say(till.words.shift.closed_now);
  await shift.load();
}

/** Where the till kept another count than the fields show, it closes nothing: then it keeps theirs, to be looked at. */
async function frozen(close: CloseShift): Promise<ClosedShift> {
  try {
    return await rpc("shift.close", close);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === "COUNT_CHANGED") await shift.keep_seen();
    throw error;
  }
}

export function move_kind(by: number): void {
  shift.kind_index = within(shift.kind_index + by, shift.view?.denominations.length ?? 0);
}

/** After the last kind the first comes again: the count can be gone through as often as wanted. */
export function next_kind(): void {
  const count = shift.view?.denominations.length ?? 0;
  shift.kind_index = count === 0 ? 0 : (shift.kind_index + 1) % count;
}

export function start_move(direction: MoveDirection): void {
  shift.open_move(direction);
  desk.overlay = "move";
}

export function look_back(): void {
  shift.looking_back = true;
  desk.go("shift");
}

export function move_shift(by: number): void {
  const closed = shift.closed ?? [];
  const at = closed.findIndex((c) => c.shift_id === shift.shift_id);
  shift.shift_id = closed[within(at + by, closed.length)]?.shift_id ?? null;
}

export async function show_shift_paper(shift_id: string): Promise<void> {
  const { text, png_base64 } = await rpc("shift.report", { shift_id });
  desk.receipt = { of: "shift", text, png_base64, copies_before: 0 };
  desk.overlay = "receipt";
}

/** Somebody takes their place; who has a PIN is asked for it first. */
export function take_place(person: Person): void {
  if (!person.has_pin) {
    void in_turn(() => change(rpc("people.sign_in", { name: person.name, pin: null })));
    return;
  }
  desk.close_approval();
  desk.signing = person.name;
  desk.overlay = "sign_in";
}

/** A wrong PIN is said in the dialog, which stays. */
export async function sign_in(): Promise<void> {
  const { signing: name, pin } = desk;
  if (name === null || pin === "") return;
  try {
    await change(rpc("people.sign_in", { name, pin }));
    desk.close_approval();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    desk.pin = "";
    desk.pin_problem = error.problem;
  }
}
