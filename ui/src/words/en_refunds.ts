/** Money that goes back and money that came late, in English. */
import type { refunds as zh_refunds } from "./zh_refunds";
import { means } from "./en_codes";

export const refunds: typeof zh_refunds = {
  button: "Refund",
  title: (no) => `Refund, order ${no}`,
  why: "Money goes back the way it came: codes first, then cash out of the drawer.",
  amount: "How much (yuan)",
  all: (yuan) => `Empty gives all of it back: ${yuan}`,
  reason: "Why",
  reasons: { goods: "Goods back", mistake: "Mistake", spoilt: "Spoilt", other: "Other" },
  note: "Note",
  goes: "It goes back like this",
  part: (m, yuan) => (m === "CASH_PAY" ? `Cash ${yuan}, out of the drawer` : `${means[m].name} ${yuan}, the way it came`),
  ask: "Refund, ask a manager",
  offline: "No network now: cash goes at once, codes as soon as the line is back. Nothing goes twice.",
  list: "Refunds",
  left: "Can go back",
  phases: {
    requested: "Noted, waits for head office",
    sending: "On its way",
    unknown: "Not known yet",
    held: "Held, waits for a person",
    returned: "Returned",
    refused: "Not accepted",
  },
  whys: {
    goods: "Goods back", mistake: "Mistake", spoilt: "Spoilt", other: "Other", elsewhere: "Asked elsewhere",
    duplicate: "Paid twice", late: "Came after closing", given_up: "Cash taken instead", superseded: "Amount changed",
  },
  by: (asked, approved) => `${asked}, approved by ${approved}`,
  look: (no, m, yuan) => `Order ${no}, refund ${means[m].name} ${yuan}`,
  looks: {
    requested: "Noted. It is sent when the line is back, once.",
    sending: "The platform is returning it; its arrival is noted.",
    unknown: "No result so far. It may have gone back or not: do not refund again. We keep asking; the customer can check their bill.",
    held: "The money is still with the shop. Head office lets it go, or settles it at the platform; then it goes on by itself.",
    returned: "The money is with the customer.",
    refused: "The platform did not accept it; the money is still with the shop. Open the order to refund again, the same way. If that fails too, settle it at the platform or in the shop’s own way, and not here as well.",
  },
  seen: "Understood",
  late: (no, m, yuan) => `Order ${no}, ${means[m].name} ${yuan} came after the code was closed`,
  late_waits: (time) => `The money is with the shop and counts for nothing yet. Left alone, it goes back at ${time}.`,
  late_place: "If the customer is here, it can pay the order; if not, return it now.",
  late_open: "The order is back in the basket. Begin payment again to let this pay it, or return it now.",
  late_no_place: "The order does not need it any more; it can only go back.",
  late_decided: {
    accept: "Decided: it pays the order. Head office has yet to answer; offline this waits, no need to press again.",
    return_now: "Decided: it goes back now. Head office has yet to answer; offline this waits, no need to press again.",
  },
  accept: "Pay the order",
  return_now: "Return now",
  asks: {
    refund: (name, yuan, no) => [`${name} wants to refund `, yuan, ` of order ${no}, the way it came.`],
    late: (name, yuan, no) => [`${name} wants to return `, yuan, ` that came late for order ${no}.`],
  },
};
