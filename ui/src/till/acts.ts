/** The longer acts of the counter: typed text, found articles, moving a selection, a receipt. */
import type { Intent } from "../keys/situation";
import { day_away } from "../format/time";
import { rpc } from "../platform";
import { change, enter, in_turn } from "./commands";
import { desk } from "./desk.svelte";
import { till } from "./till.svelte";
import { within } from "./within";

/** Text whose meaning was not known yet when Enter was pressed. */
export async function enter_typed(): Promise<void> {
  const { text, selected } = desk;
  if (text === "") return;
  desk.clear_box();
  const preview = await rpc("basket.preview", { text, line_id: selected?.line_id ?? null });
  if (preview.kind !== "quantity") return enter(text, "hand");
  if (selected === null) {
    desk.text = text;
    return;
  }
  return change(rpc("basket.set_quantity", { line_id: selected.line_id, quantity_milli: preview.quantity_milli }));
}

export async function add(intent: Extract<Intent, { do: "add" }>): Promise<void> {
  desk.clear_box();
  if (intent.text !== null) return enter(intent.text, "hand");
  return add_article(intent.article.article_id, intent.quantity_milli);
}

/** Puts in an article that was chosen by hand, from a list or a tile, and selects its line. */
export async function add_article(article_id: string, quantity_milli: number): Promise<void> {
  await change(rpc("basket.add", { article_id, quantity_milli }));
  desk.line_id = till.state?.basket.lines.findLast((l) => l.article_id === article_id)?.line_id ?? null;
}

/** What the customer's phone shows, to be charged by. It is handed on and kept nowhere. */
export function take_payment_code(scanned: string): void {
  const pay = till.state?.pay ?? null;
  if (pay === null) return;
  const { amount } = desk;
  desk.quiet();
  void in_turn(async () => {
    if (till.state?.pay?.order_id !== pay.order_id) return desk.say(till.words.frame.stalled);
    await change(rpc("pay.take", { scanned, yuan: amount, expected_open_minor: pay.open_minor }));
    desk.cash_wanted = false;
    desk.amount = "";
  });
}

export async function show_receipt(order_id: string): Promise<void> {
  desk.receipt = { of: "order", ...(await rpc("orders.receipt", { order_id })) };
  desk.overlay = "receipt";
}

export function view_order(order_id: string): void {
  desk.order_search = "";
  desk.order_id = order_id;
  desk.go("orders");
}

export function move_line(by: number): void {
  const lines = till.state?.basket.lines ?? [];
  const at = lines.findIndex((l) => l.line_id === desk.selected?.line_id);
  desk.line_id = lines[within(at + by, lines.length)]?.line_id ?? null;
}

export function move_candidate(by: number): void {
  const count = desk.preview?.kind === "candidates" ? desk.preview.hits.length : 0;
  desk.candidate = within(desk.candidate + by, count);
}

export function move_order(by: number): void {
  const at = desk.order_rows.findIndex((o) => o.order_id === desk.order_id);
  desk.order_id = desk.order_rows[within(at + by, desk.order_rows.length)]?.order_id ?? null;
}

/** Days stop at today: there is nothing to show of tomorrow. */
export function move_day(by: number): void {
  const shown = desk.takings;
  if (shown === null || (by > 0 && shown.today)) return;
  desk.day = day_away(shown.day, by);
}
