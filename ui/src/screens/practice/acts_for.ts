/** What a customer's phone can do with a trade in each state of the platform. */
import type { PracticeAct } from "../../generated/PracticeAct";

/** The states are the platform's own words; one that is not known offers everything, and it answers. */
export function acts_for(state: string): PracticeAct[] {
  switch (state) {
    case "NOTPAY":
    case "USERPAYING":
    case "PAYERROR":
      return ["pay", "refuse", "pay_after_close"];
    case "CLOSED":
    case "REVOKED":
      return ["pay_after_close"];
    case "SUCCESS":
    case "REFUND":
      return ["repeat_notice"];
    default:
      return ["pay", "refuse", "pay_after_close", "repeat_notice"];
  }
}
