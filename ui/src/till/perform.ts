/**
 * Carries out what a key or a button means: one entry per intent, and nothing decided here.
 *
 * What only concerns this page happens at once. What the till must do waits for its turn, and is dropped
 * with a sentence when the screen it was meant for is gone by then.
 */
import type { Intent } from "../keys/situation";
import { rpc } from "../platform";
import { add, enter_typed, move_candidate, move_day, move_line, move_order, show_receipt, view_order } from "./acts";
import { Again, took_part } from "./again";
import { approve, ask_manager, cash_instead, decline, move_cash, save_first_manager, save_person } from "./approval";
import { close_shift, look_back, move_kind, move_shift, next_kind, open_shift, show_shift_paper, sign_in, start_move } from "./back_office";
import { change, in_turn, queue } from "./commands";
import { desk } from "./desk.svelte";
import { other_language } from "./language";
import { people } from "./people.svelte";
import { print_paper, show_papers } from "./paper";
import { ask_refund, decide_late, refund_seen, start_refund } from "./refunding";
import { change_look, settings } from "./settings.svelte";
import { shift } from "./shift.svelte";
import { till } from "./till.svelte";
import { within } from "./within";

/** A press made while an answer is missing for this long was made for a screen that had not changed yet. */
const STALL_MS_MIN = 1000;

type Of<D extends Intent["do"]> = Extract<Intent, { do: D }>;
type Act<I> = { at_once: (intent: I) => void } | { in_turn: (intent: I) => Promise<void> };
type Acts = { [D in Intent["do"]]: Act<Of<D>> };

const page = <I>(at_once: (intent: I) => void): Act<I> => ({ at_once });
const turn = <I>(in_turn: (intent: I) => Promise<void>): Act<I> => ({ in_turn });
/** Money changed hands or the screen was left: what was typed for it is done with. */
const settle = <I>(send: (intent: I) => Promise<void>): Act<I> =>
  turn(async (intent) => {
    await send(intent);
    desk.amount = "";
  });

const ACTS: Acts = {
  enter: turn(enter_typed),
  add: turn(add),
  set_quantity: turn((i) => {
    desk.clear_box();
    return change(rpc("basket.set_quantity", { line_id: i.line.line_id, quantity_milli: i.quantity_milli }));
  }),
  start_price: page(() => {
    const line = desk.selected;
    desk.clear_box();
    desk.price_line = line;
  }),
  save_price: turn(async (i) => {
    await change(rpc("basket.set_price", { line_id: i.line.line_id, yuan: i.yuan }));
    desk.clear_box();
  }),
  cancel_price: page(() => desk.clear_box()),
  clear_box: page(() => desk.clear_box()),
  close_list: page(() => (desk.list_open = false)),
  begin_pay: settle(() => change(rpc("pay.begin", {}))),
  less: turn((i) => change(rpc("basket.change_quantity", { line_id: i.line.line_id, delta: -1 }))),
  remove: turn((i) => change(rpc("basket.remove", { line_id: i.line.line_id }))),
  move_line: page((i) => move_line(i.by)),
  move_candidate: page((i) => move_candidate(i.by)),
  hold: turn(() => change(rpc("basket.hold", {}))),
  resume: turn((i) => {
    desk.sheet = null;
    return change(rpc("basket.resume", { order_id: i.order_id }));
  }),
  open_parked: turn((i) => {
    desk.go("sell");
    return change(rpc("pay.open", { order_id: i.order_id }));
  }),
  view_order: page((i) => view_order(i.order_id)),
  show_held: page(() => desk.open_sheet("held")),
  move_item: page((i) => (desk.sheet_index = within(desk.sheet_index + i.by, desk.sheet_items.length))),
  close_sheet: page(() => (desk.sheet = null)),
  undo: turn(() => change(rpc("basket.undo", {}))),
  cash: settle(({ received_yuan, open_minor }) =>
    change(rpc("pay.cash", { received_yuan, replaces_tender: null, approval: null, expected_open_minor: open_minor })),
  ),
  cash_instead: turn(cash_instead),
  code: settle((i) => {
    desk.cash_wanted = false;
    return change(rpc("pay.code", { means: i.means, yuan: i.yuan, expected_open_minor: i.open_minor }));
  }),
  switch: turn((i) => {
    desk.cash_wanted = false;
    return change(rpc("pay.switch", { tender_no: i.tender_no, means: i.means }));
  }),
  renew: turn((i) => change(rpc("pay.renew", { tender_no: i.tender_no }))),
  ask: turn((i) => change(rpc("pay.ask", { tender_no: i.tender_no }))),
  give_up: settle(() => change(rpc("pay.give_up", {}))),
  park: settle(() => change(rpc("pay.park", {}))),
  clear_amount: page(() => (desk.amount = "")),
  back: settle(() => change(rpc("pay.back", {}))),
  peek: page(() => (desk.peeking = true)),
  unpeek: page(() => (desk.peeking = false)),
  next_sale: turn(() => change(rpc("pay.next", {}))),
  receipt: turn((i) => show_receipt(i.order_id)),
  print: turn((i) => print_paper(rpc("print.receipt", { order_id: i.order_id }))),
  print_report: turn((i) => print_paper(rpc("print.report", { shift_id: i.shift_id }))),
  papers: page(show_papers),
  print_retry: turn(() => change(rpc("print.retry", {}))),
  withdraw: turn((i) => change(rpc("print.withdraw", { job_no: i.job_no }))),
  orders: page(() => desk.go("orders")),
  sell: page(() => desk.go("sell")),
  move_day: page((i) => move_day(i.by)),
  move_order: page((i) => move_order(i.by)),
  keys: page(() => (desk.overlay = "keys")),
  close_overlay: page(() => desk.close_approval()),
  approve: turn(approve),
  decline: page(decline),
  shift: page(() => {
    shift.looking_back = false;
    desk.go("shift");
  }),
  open_shift: turn(open_shift),
  next_kind: page(next_kind),
  move_kind: page((i) => move_kind(i.by)),
  recount: page(() => shift.recount()),
  restore_count: page(() => shift.restore()),
  close_shift: turn(close_shift),
  leave_count: page(() => desk.go("sell")),
  start_move: page((i) => start_move(i.direction)),
  move_cash: turn(move_cash),
  start_refund: page(start_refund),
  ask_refund: turn(ask_refund),
  decide_late: turn(decide_late),
  refund_seen: turn(refund_seen),
  count_blind: page((i) => ask_manager({ for: "blind", blind: i.blind })),
  closed_shifts: page(look_back),
  shift_now: page(() => (shift.looking_back = false)),
  move_shift: page((i) => move_shift(i.by)),
  shift_paper: turn((i) => show_shift_paper(i.shift_id)),
  settings: page(() => desk.go("settings")),
  settings_page: page((i) => {
    settings.page = i.page;
    desk.go("settings");
  }),
  move_row: page((i) => settings.move(i.by)),
  choose_language: turn((i) => change(rpc("settings.language", { language: i.language }))),
  choose_theme: turn((i) => change_look({ theme: i.theme })),
  choose_text_size: turn((i) => change_look({ text_size: i.text_size })),
  other_language: turn(() => change(rpc("settings.language", { language: other_language(till.spoken) }))),
  save_first_manager: turn(save_first_manager),
  people: page(() => {
    settings.page = "people";
    desk.go("settings");
  }),
  new_person: page(() => people.choose(null)),
  move_person: page((i) => people.move(i.by)),
  save_person: turn(save_person),
  remove_person: page((i) => ask_manager({ for: "remove", staff_id: i.staff_id, name: i.name })),
  sign_in: turn(sign_in),
};

const again = new Again();

/**
 * Carries out an intent, unless it was meant for a screen that is no longer there.
 *
 * `by` names the key that was pressed; a button without one is known by what it does.
 */
export function perform(intent: Intent, by: string = intent.do): void {
  desk.quiet();
  const act = ACTS[intent.do] as Act<Intent>;
  if ("at_once" in act) {
    act.at_once(intent);
    return;
  }
  if (again.swallows(by, performance.now())) return;
  if (queue.stuck_ms() >= STALL_MS_MIN) {
    desk.say(till.words.frame.stalled);
    return;
  }
  const meant_for = till.state?.stage;
  void in_turn(async () => {
    const before = till.state?.pay ?? null;
    if (till.state?.stage !== meant_for) return desk.say(till.words.frame.stalled);
    await act.in_turn(intent);
    if (took_part(before, till.state?.pay ?? null)) again.took(by, performance.now());
  });
}
