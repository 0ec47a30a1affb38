/**
 * What needs a manager's word: cash instead of a code whose result is not known, cash out of the drawer, a
 * change among the people, how cash is counted, a refund, and late money that goes back. One word, one action.
 */
import type { Approval } from "../generated/Approval";
import type { Intent } from "../keys/situation";
import { ProblemError, rpc } from "../platform";
import { change, tell } from "./commands";
import { desk, type Asked } from "./desk.svelte";
import { people } from "./people.svelte";
import { refund } from "./refund.svelte";
import { shift } from "./shift.svelte";
import { till } from "./till.svelte";

export async function cash_instead(intent: Extract<Intent, { do: "cash_instead" }>): Promise<void> {
  const { tender_no, received_yuan, open_minor } = intent;
  const asked: Asked = { for: "cash", tender_no, received_yuan, open_minor };
  if (intent.approval) return ask_manager(asked);
  try {
    // The code is asked about and closed first; what was typed stays until cash can be taken.
    await take(asked, null);
    desk.cash_wanted = true;
  } catch (error) {
    if (code_of(error) !== "APPROVAL_NEEDED") throw error;
    ask_manager(asked);
  }
}

/** Cash goes in at once, and out with a manager's word. What is wrong with it is said in its dialog. */
export async function move_cash(): Promise<void> {
  const asked: Asked = { for: "move", move: shift.move };
  if (asked.move.direction === "out") return ask_manager(asked);
  try {
    await take(asked, null);
    desk.overlay = null;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    shift.move_problem = error.problem;
  }
}

export async function save_person(): Promise<void> {
  const asked: Asked = { for: "save", form: people.form };
  if (people.has_manager) return ask_manager(asked);
  await take(asked, null);
}

/**
 * The first manager of a new shop's till. The PIN is typed twice: nobody is there yet who could give another.
 */
export async function save_first_manager(): Promise<void> {
  const { name, pin, pin_again } = people;
  people.first_problem = null;
  if (pin !== pin_again) {
    people.first_problem = "differs";
    return;
  }
  try {
    people.saved(await rpc("people.save", { staff_id: null, name: name.trim(), role: "manager", pin, approval: null }), name.trim());
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.class === "fault") throw error;
    people.first_problem = error.problem;
    return;
  }
  // Who approves and who is at the till is in the state from now on.
  await change(rpc("state.get", {}));
}

/** The dialog starts empty: what was typed before it opened was not meant for it. */
export function ask_manager(asked: Asked): void {
  if (till.state?.shop.has_manager === false) {
    tell({ code: "NO_MANAGER", class: "refused", params: {}, reference: null });
    return;
  }
  desk.close_approval();
  desk.asked = asked;
  desk.overlay = "approval";
}

/** A wrong PIN is said in the dialog, which stays; anything else closes it. */
export async function approve(): Promise<void> {
  const { asked, pin } = desk;
  if (asked === null || pin === "") return;
  try {
    await take(asked, { pin });
    desk.close_approval();
    desk.amount = "";
  } catch (error) {
    const code = code_of(error);
    if (error instanceof ProblemError && (code === "PIN_WRONG" || code === "PIN_WAIT")) {
      desk.pin = "";
      desk.pin_problem = error.problem;
      return;
    }
    back_from(asked);
    if (!(error instanceof ProblemError)) throw error;
    if (asked.for === "move") shift.move_problem = error.problem;
    else if (asked.for === "refund") refund.refused(error.problem);
    else throw error;
  }
}

/** Nothing was approved: everything is as it was before the manager was asked. */
export function decline(): void {
  if (desk.asked === null) desk.close_approval();
  else back_from(desk.asked);
}

function back_from(asked: Asked): void {
  desk.close_approval();
  if (asked.for === "move") desk.overlay = "move";
  if (asked.for === "refund") desk.overlay = "refund";
}

async function take(asked: Asked, approval: Approval | null): Promise<void> {
  switch (asked.for) {
    case "cash": {
      const { tender_no, received_yuan, open_minor } = asked;
      return change(rpc("pay.cash", { received_yuan, replaces_tender: tender_no, approval, expected_open_minor: open_minor }));
    }
    case "move":
      return shift.take(await rpc("shift.move", { ...asked.move, approval }));
    case "blind":
      return shift.take(await rpc("shift.blind", { blind: asked.blind, approval }));
    case "save":
      return people.saved(await rpc("people.save", { ...asked.form, approval }), asked.form.name);
    case "refund":
      refund.order = await rpc("refund.ask", { ...asked.ask, approval });
      return change(rpc("state.get", {}));
    case "late":
      await rpc("late.decide", { tender_no: asked.late.tender_no, wish: "return_now", approval });
      return change(rpc("state.get", {}));
    case "remove":
      return people.saved(await rpc("people.remove", { staff_id: asked.staff_id, approval }), "");
  }
}

function code_of(error: unknown): string | null {
  return error instanceof ProblemError ? error.problem.code : null;
}
