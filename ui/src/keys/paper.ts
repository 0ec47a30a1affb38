/** What Ctrl+P means for a paper, and when the mark for paper that has not come out is there. Pure. */
import type { PrintStatus } from "../generated/PrintStatus";
import type { Intent, Situation } from "./situation";

/** Whether a person should be told: what is only under way is nobody's concern. */
export function is_stuck(print: PrintStatus): boolean {
  return print.printer !== "none" && (print.phase === "stuck" || print.phase === "unsure");
}

/** A receipt is printed; where there is no printer it is looked at. */
export function receipt_of(s: Situation, order_id: string): Intent {
  return s.state.print.printer === "none" ? { do: "receipt", order_id } : { do: "print", order_id };
}

/** The same for a closed shift's report. */
export function report_of(s: Situation, shift_id: string): Intent {
  return s.state.print.printer === "none" ? { do: "shift_paper", shift_id } : { do: "print_report", shift_id };
}
