/** What the keys do on the pages behind the counter: the shift and the people. Pure, as `bindings.ts` is. */
import type { MoveDirection } from "../generated/MoveDirection";
import { report_of } from "./paper";
import type { Binding, Intent, Situation } from "./situation";

/**
 * Where the shift's page stands. `loading`: its one answer is not there yet, so nothing can be done with
 * figures that nobody has seen.
 */
export type ShiftPlace = "loading" | "opening" | "counting" | "closed";

export type ShiftGlance = {
  place: ShiftPlace;
  /** The float as typed; empty takes the one that was left. */
  float: string;
  suggested_float_minor: number;
  /** Cash is counted without seeing what is expected, so nothing may tell it. */
  blind: boolean;
  /** The closed shift that is looked at. */
  shift_id: string | null;
  /** Which way cash goes in the open dialog. */
  direction: MoveDirection;
  /** What is typed in it. */
  yuan: string;
};

/** Whose name the people's form holds; empty for somebody new without a name yet. */
export type PersonGlance = { name: string; is_new: boolean };

const show = (key: string, intent: Intent): Binding => ({ key, intent, shown: true });
const mute = (key: string, intent: Intent): Binding => ({ key, intent, shown: false });

export function shift_bindings(s: Situation, home: Binding): Binding[] {
  const closed = show("F3", { do: "closed_shifts" });
  switch (s.shift.place) {
    case "loading":
      return [home];
    case "opening":
      return [show("Enter", { do: "open_shift", float_yuan: s.shift.float, suggested_minor: s.shift.suggested_float_minor }), closed, home];
    case "counting":
      return [
        show("Enter", { do: "next_kind" }),
        show("ArrowUp", { do: "move_kind", by: -1 }),
        show("ArrowDown", { do: "move_kind", by: 1 }),
        show("F12", { do: "close_shift" }),
        show("F2", { do: "start_move", direction: "in" }),
        mute("F4", { do: "start_move", direction: "out" }),
        mute("F3", { do: "closed_shifts" }),
        ...(s.state.print.printer === "none" || s.shift.blind ? [] : [mute("Ctrl+P", { do: "print_report", shift_id: null })]),
        show("Escape", { do: "leave_count" }),
      ];
    case "closed":
      return [
        show("Escape", { do: "shift_now" }),
        ...(s.shift.shift_id === null
          ? []
          : [
              show("ArrowUp", { do: "move_shift", by: -1 }),
              show("ArrowDown", { do: "move_shift", by: 1 }),
              show("Ctrl+P", report_of(s, s.shift.shift_id)),
            ]),
      ];
  }
}

export function people_bindings(s: Situation, home: Binding): Binding[] {
  return [
    ...(s.person.name.trim() === "" ? [] : [show("Enter", { do: "save_person", name: s.person.name.trim(), is_new: s.person.is_new })]),
    show("F8", { do: "new_person" }),
    show("ArrowUp", { do: "move_person", by: -1 }),
    show("ArrowDown", { do: "move_person", by: 1 }),
    home,
  ];
}

/** Cash goes in or out: an amount first. */
export function moving(s: Situation): Binding[] {
  const { direction, yuan } = s.shift;
  const close = show("Escape", { do: "close_overlay" });
  return yuan === "" ? [close] : [show("Enter", { do: "move_cash", direction, yuan }), close];
}
