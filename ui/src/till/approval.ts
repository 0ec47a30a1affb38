/** Cash instead of a code: with the platform's word where it answers, with a manager's where it does not. */
import type { Approval } from "../generated/Approval";
import type { Intent } from "../keys/situation";
import { ProblemError, rpc } from "../platform";
import { change } from "./commands";
import { desk, type Asked } from "./desk.svelte";

export async function cash_instead(intent: Extract<Intent, { do: "cash_instead" }>): Promise<void> {
  const { tender_no, received_yuan, open_minor } = intent;
  const asked = { tender_no, received_yuan, open_minor };
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
    desk.close_approval();
    throw error;
  }
}

function take({ tender_no, received_yuan, open_minor }: Asked, approval: Approval | null): Promise<void> {
  return change(rpc("pay.cash", { received_yuan, replaces_tender: tender_no, approval, expected_open_minor: open_minor }));
}

/** The dialog starts empty: what was typed before it opened was not meant for it. */
function ask_manager(asked: Asked): void {
  desk.close_approval();
  desk.asked = asked;
  desk.overlay = "approval";
}

function code_of(error: unknown): string | null {
  return error instanceof ProblemError ? error.problem.code : null;
}
