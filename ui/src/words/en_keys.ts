/** What each key does now, in English: the sentences of the key bar and of the overlay with all keys. */
import type { Intent } from "../keys/situation";
import { bare } from "../format/quantity";
import { plain } from "../format/money";
import type { KeyWords, keys as zh_keys } from "./zh_keys";

type Of<D extends Intent["do"]> = Extract<Intent, { do: D }>;

const english = (named: { name: string; name_en: string }) => (named.name_en === "" ? named.name : named.name_en);
const amount = (i: Of<"add">) => (i.article.unit === "kilogram" ? `${bare(i.quantity_milli)} kg` : bare(i.quantity_milli));

const says: KeyWords = {
  enter: () => "Add",
  add: (i) => `Add ${amount(i)} ${english(i.article)}`,
  set_quantity: (i) => `${english(i.line)}: make it ${bare(i.quantity_milli)}`,
  start_price: () => "Price",
  save_price: (i) => `${english(i.line)}: price ${i.yuan}`,
  cancel_price: () => "Keep the price",
  clear_box: () => "Clear the box",
  close_list: () => "Close the list",
  begin_pay: (i) => `Pay ${plain(i.total_minor)}`,
  less: () => "One less",
  remove: () => "Remove line",
  move_line: () => "Select a line",
  move_candidate: () => "Another one",
  hold: () => "Hold",
  resume: () => "Resume this one",
  open_parked: () => "Open this order",
  view_order: () => "Open this order",
  show_held: () => "Resume",
  move_item: () => "Select",
  close_sheet: () => "Close, go on selling",
  undo: () => "Undo",
  cash: (i) => (i.received_yuan === "" ? `Cash ${plain(i.open_minor)}` : `Cash ${i.received_yuan}`),
  cash_instead: () => "Cash instead",
  code: (i) => (i.yuan === "" ? `WeChat ${plain(i.open_minor)}` : `WeChat ${i.yuan}`),
  renew: () => "Fresh code",
  ask: () => "Ask again",
  give_up: () => "Give up",
  park: () => "To confirm",
  clear_amount: () => "Clear the amount",
  back: () => "Back to basket",
  peek: (i) => (i.unknown ? "Back to basket, we keep asking" : "Back to basket, payment keeps waiting"),
  unpeek: () => "Back to payment",
  next_sale: () => "New sale",
  receipt: () => "Print again",
  orders: () => "Orders",
  sell: (i) => (i.paying ? "Back to payment" : "Back to selling"),
  move_day: () => "Another day",
  move_order: () => "Another order",
  keys: () => "All keys",
  close_overlay: () => "Close",
  approve: () => "Approve once",
  decline: () => "Do not approve",
};

export const keys: typeof zh_keys = {
  says,
  scan_next: "Scan to start the next sale",
  scan_anyway: "A scan goes in without clearing",
  scan_closes: "A scan closes this and counts",
  title: "All keys",
  groups: [
    {
      name: "Sell",
      rows: [
        ["3*", "then scan: three of it; then Enter: sets the selected line"],
        ["Enter", "adds; on an empty box it begins payment"],
        ["+", "Pay"],
        ["/", "Price of the selected line"],
        ["-", "One less"],
        ["Delete", "Remove the selected line"],
        ["ArrowUp ArrowDown", "Select a line"],
        ["F7", "Hold, resume"],
        ["Ctrl+Z", "Undo"],
      ],
    },
    {
      name: "Pay",
      rows: [
        ["F1", "Cash; an amount typed first is what you received"],
        ["F3", "WeChat; an amount typed first is this code’s share"],
        ["Enter", "The step written at the bottom"],
        ["F7", "To confirm, serve the next customer"],
        ["Delete", "Give up this payment"],
        ["Escape", "Back to the basket"],
      ],
    },
    {
      name: "Everywhere",
      rows: [
        ["F6", "Orders"],
        ["Ctrl+P", "Print the receipt again"],
        ["Escape", "Back; never loses the basket"],
        ["?", "This page, F10 too"],
      ],
    },
  ],
};
