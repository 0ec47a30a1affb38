/** Sentences that come from codes, in English: every reason for no, notice, undo and state of a tender. */
import type { Code } from "../generated/Code";
import type { Means } from "../generated/Means";
import type { NoticeCode } from "../generated/NoticeCode";
import type { OrderState } from "../generated/OrderState";
import type { TenderPhase } from "../generated/TenderPhase";
import type { UndoCode } from "../generated/UndoCode";
import { plain, said } from "../format/money";
import type { Params } from "./zh_codes";

const money = (text: string | undefined) => plain(text ?? "0");

export const means: Record<Means, { name: string; short: string; tile: string }> = {
  CASH_PAY: { name: "Cash", short: "cash", tile: "¥" },
  WECHAT_PAY: { name: "WeChat Pay", short: "WeChat", tile: "W" },
  ALI_PAY: { name: "Alipay", short: "Alipay", tile: "A" },
};

const short = (text: string | undefined) => (text !== undefined && text in means ? means[text as Means].short : "");

export const problems: Record<Code, (p: Params) => string> = {
  ARTICLE_NOT_FOUND: (p) => `No article has the code ${p.text ?? ""}. Search by name`,
  ARTICLE_AMBIGUOUS: (p) => `Several articles fit “${p.text ?? ""}”. Choose one below`,
  QUANTITY_NOT_POSITIVE: () => "A quantity is above 0. Delete removes the line",
  QUANTITY_TOO_LARGE: (p) => `One line holds ${p.max ?? ""} at most. Nothing changed; check for an extra digit`,
  QUANTITY_NOT_WHOLE: () => "This article is sold by the piece, so its quantity is whole",
  PRICE_INVALID: (p) => `“${p.text ?? ""}” is no price. Type it like 3.5, two decimals at most`,
  AMOUNT_INVALID: (p) => `“${p.text ?? ""}” is no amount. Type it like 50 or 28.10`,
  AMOUNT_NOT_POSITIVE: () => "An amount is above 0",
  AMOUNT_TOO_LARGE: (p) => `One sale holds ${said(p.max ?? "")} at most. Nothing was added; check quantity and price`,
  BASKET_EMPTY: () => "There are no articles yet. Scan one first",
  BASKET_TOO_LONG: (p) => `One sale holds ${p.max ?? ""} lines at most. Take this payment, then start another`,
  LINE_NOT_FOUND: () => "That line is gone already",
  LINES_LOCKED: () => "This sale is being paid, so its articles stay as they are",
  NOTHING_TO_UNDO: () => "There is nothing left to undo",
  ORDER_NOT_FOUND: () => "There is no such order",
  ORDER_STATE: () => "That is not possible for this order now. Money and articles are unchanged",
  TENDER_NOT_FOUND: () => "There is no such payment",
  TENDER_STATE: () => "That is not possible for this payment now. No money moved",
  ATTEMPT_LIVE: () => "The last payment has no answer yet. Wait for it, so that nobody pays twice",
  APPROVAL_NEEDED: () => "A manager has to approve",
  NO_MANAGER: () => "This till has no manager yet, so nobody can approve; nothing moved. Add one under Settings, People and PINs",
  PIN_WRONG: () => "That is no manager’s PIN",
  PIN_WAIT: (p) => `Too many wrong PINs. Try again in ${p.seconds ?? ""} s`,
  NAME_INVALID: (p) => `A name has 1 to ${p.max ?? ""} characters`,
  NAME_TAKEN: (p) => `Somebody is called ${p.name ?? ""} already. Choose another name`,
  PIN_INVALID: (p) => `A PIN has ${p.min ?? ""} to ${p.max ?? ""} digits`,
  PIN_TAKEN: () => "Somebody has this PIN. Choose another",
  PIN_NEEDED: () => "A PIN is needed",
  PIN_NOT_THEIRS: (p) => `That is not ${p.name ?? ""}’s PIN`,
  PERSON_NOT_FOUND: () => "There is no such person",
  PERSON_SIGNED_IN: (p) => `${p.name ?? ""} is at the till. Sign in as somebody else first`,
  LAST_MANAGER: (p) => `${p.name ?? ""} is the last manager and stays: somebody has to approve`,
  SHIFT_ALREADY_OPEN: (p) => `The shift of ${p.cashier ?? ""} is open. Close it first`,
  SHIFT_NOT_OPEN: () => "No shift is open",
  SHIFT_NOT_FOUND: () => "There is no such shift",
  SHIFT_CHANGED: () => "The drawer has just changed. Nothing was noted now; look and press again",
  COUNT_MISSING: () => "Nothing is counted yet. With no cash at all, enter 0",
  COUNT_CHANGED: () => "What is typed here was not the count that was kept. The shift is still open; look at the sum and press again",
  COUNT_INVALID: (p) => `That cannot be a count, nothing was noted (${p.denomination ?? ""})`,
  COUNT_IS_BLIND: () => "The count is blind, so no report before the close. Close, then print the report",
  PRINTER_NOT_SET: () => "No printer is connected; the receipt can be seen here. Sales are not affected",
  PRINT_NOT_FOUND: () => "It is printed already, or printing now",
  LEAVE_OVER_COUNTED: (p) => `No more than the ${said(p.counted ?? "")} counted can stay`,
  NOTE_TOO_LONG: (p) => `A note has at most ${p.max ?? ""} characters`,
  REFUND_OVER_LEFT: (p) => `Only ${said(p.left ?? "")} of what was paid can still go back. Nothing was returned`,
  REFUNDS_CHANGED: () => "The refunds of this order have just changed. Nothing was asked for now; look, then press again",
  REFUND_NOT_FOUND: () => "There is no such refund",
  LATE_GONE: () => "That money is decided already, or on its way back. Nothing was changed",
  LATE_NO_PLACE: () => "The order does not need that money any more. It can only go back",
  CASH_TOO_LITTLE: (p) => `That is less than the ${said(p.due ?? "")} due. Nothing was taken`,
  AMOUNT_OVER_DUE: (p) => `That is more than the ${said(p.due ?? "")} still due. Nothing was taken`,
  OPEN_CHANGED: (p) => `What is still to pay is now ${said(p.due ?? "")}. Nothing was taken; look, then press again`,
  CODE_NEEDS_NETWORK: () => "WeChat and Alipay are waiting for the network. Cash works as usual",
  MEANS_NOT_OFFERED: (p) => `This store does not take ${short(p.means)} yet. Cash works as usual`,
  NOT_A_PAYMENT_CODE: () => "This sale is being paid and that was no payment code: nothing was charged or added. Finish it, then scan articles",
  OWN_NUMBER: () => "That is an order’s number and no payment code, so nothing was charged. Ask the customer to open the payment code, then scan",
  CATALOGUE_MALFORMED: (p) => `Line ${p.line ?? "?"} of the article file cannot be read (${p.column ?? ""}). Nothing changed; correct it and read it again`,
  ENROL_LINE_MALFORMED: () => "The line is not complete. Copy all of it from head office: address#code#fingerprint",
  ENROL_CODE_WRONG: () => "Head office does not know this code, or its 30 minutes are over. Ask for another",
  ENROL_CODE_USED: () => "This code was used already. Ask head office for another",
  CENTRE_UNREACHABLE: (p) => `Head office ${p.address ?? ""} cannot be reached. Check address and network; it is tried again`,
  CENTRE_NOT_THE_ONE: () => "Whoever answered is not the head office of this line, so nothing was sent. Check the address",
  TILL_BELONGS_TO_SHOP: () => "This till belongs to a shop already and stays with it. Nothing was changed; close the program and start it again to open that shop",
  TILL_REVOKED: () => "Head office has switched this till off. Orders are kept here; call head office",
  DATABASE_NEWER: (p) => `The data is from a newer version (${p.found ?? ""}); this program knows up to ${p.known ?? ""}. Nothing was touched. Update the program`,
  DATABASE_DAMAGED: (p) => `The data is damaged and was left as it is: ${p.path ?? ""}. Call whoever installed the till to restore a backup`,
  DATABASE_UNREADABLE: (p) => `The data cannot be read or written: ${p.path ?? ""}. Nothing was touched. Check disk and permissions`,
  ALREADY_RUNNING: () => "A till program is open on this machine already. Use that one",
  DISK_FULL: () => "The disk is nearly full, so no payment is taken. Free some space to go on",
  NOT_SAVED: () => "This sale could not be saved, so it is not taken. Give no change; call the manager",
  PRACTICE_ONLY: () => "This exists only while practising",
  REQUEST_MALFORMED: () => "The two halves of the program do not match, so nothing was done. Restart the program",
  INTERNAL: () => "The program made a mistake, so this step was not done. Saved orders are safe",
};

export const notices: Record<NoticeCode, (p: Params) => string> = {
  PARKED_ORDER_PAID: (p) => `Order ${p.short_no ?? ""}: ${short(p.means)} ${money(p.amount_minor)} arrived. It is paid in full`,
  CODE_RENEWED: () => "Time was up, so here is a fresh code. Money paid on the old one still counts",
  PAID_TWICE: (p) => `The customer paid twice. The extra ${money(p.amount_minor)} is on its way back`,
  GIVEN_UP_RETURNED: (p) => `Order ${p.short_no ?? ""} was taken in cash; ${short(p.means)} ${money(p.amount_minor)} arrived too and is on its way back`,
  LATE_MONEY: (p) => `${short(p.means)} ${money(p.amount_minor)} arrived after the code was closed. It goes back unless someone accepts it`,
  AMOUNT_DIFFERS: (p) => `${short(p.means)} received ${money(p.amount_minor)}, due ${money(p.due_minor)}. It is under To confirm for the manager`,
  CODE_REFUSED: (p) => `${short(p.means)} gives no code (${p.reason ?? ""}). No money moved; cash works`,
  NOT_CHARGED: (p) => `${short(p.means)} took no money by this code: nothing was charged, or it was given back at once. Scan a fresh one, or take it another way`,
  PAYMENT_CODE_REFUSED: (p) => `${short(p.means)} did not charge by this code (${p.reason ?? ""}). No money moved. Scan a fresh one`,
  PAYMENT_CODE_NOT_SENT: (p) => `This did not reach ${short(p.means)}. Nobody was charged. Scan the payment code again, or take it another way`,
  REFUND_REFUSED: (p) => `Refund of ${short(p.means)} ${money(p.amount_minor)}, order ${p.short_no ?? ""}, was not accepted. The money is still with the shop. Open the order to refund again, or settle it at the platform or in the shop’s own way`,
  LATE_DECIDED_ELSEWHERE: (p) => `The late ${money(p.amount_minor)} of order ${p.short_no ?? ""} was decided before your word arrived. See the order for what became of it`,
  ENTRY_REFUSED: (p) => `Head office keeps entry ${p.seq ?? ""} for a person to see (${p.code ?? ""}). Money and order are safe`,
};

export const undone: Record<UndoCode, (name: string) => string> = {
  LINE_ADDED: (name) => `Added ${name}`,
  LINE_REMOVED: (name) => `Removed ${name}`,
  QUANTITY_CHANGED: (name) => `Quantity changed: ${name}`,
  PRICE_CHANGED: (name) => `Price changed: ${name}`,
};

/** The state in a tender's row. */
export const phases: Record<TenderPhase, string> = {
  fetching: "Getting the code",
  waiting: "Waiting",
  paying: "Customer is paying",
  unknown: "Not known yet",
  closing: "Closing the code",
  settled: "Received",
  canceled: "Closed, not paid",
  given_up: "Taken in cash instead",
  failed: "Not possible",
  reversed: "Cash returned",
  needs_attention: "For the manager",
};

export const order_states: Record<OrderState, string> = {
  OPEN: "Open",
  HELD: "Held",
  PAYING: "Being paid",
  TO_CONFIRM: "To confirm",
  COMPLETED: "Paid",
  VOIDED: "Voided",
  PART_REFUNDED: "Partly refunded",
  REFUNDED: "Refunded",
};
