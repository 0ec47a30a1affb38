/**
 * Where the real shop is stopped for pictures, in the order of one day. Each stop comes after the ones before
 * it: a `go` says what happens between them, and leaves the shop so that the next can begin.
 *
 * `beside`: the reference's name where it differs. `page`: which window (till, customer, practice).
 */
import { at, employ, TODAY } from "./day.mjs";
import { current, PIN } from "./shop.mjs";
import { wait_until } from "./wait.mjs";

const BASKET = ["2*6921168509256", "6901668005731", "0.862*3001", "2*6903982121319", "4*6907992500010", "6972266800011", "6922266440113", "3*6902397560010", "6924200510012"];
const DRINKS = 2;
const APP = "[data-testid=app]";
const tid = (name) => `[data-testid=${name}]`;
const on = (stage) => `${APP}[data-stage=${stage}]`;

/** What the stops have at hand: the shop, its tills, the windows on them. */
export async function drinks(page) {
  await page.see(`${tid("tiles")} button`);
  await page.evaluate(`document.querySelector(".tabs button:nth-child(${DRINKS})").click()`);
}

async function home(page) {
  await page.press("Escape");
  await page.see(`${APP}[data-screen=sell]`);
}

export const OPENING = [
  { name: "11-first-manager", go: async ({ till_page: page }) => {
    await page.see(tid("first-manager"));
  } },
  { name: "08-shift-none", go: async ({ till, till_page: page }) => {
    await employ(till);
    await page.press_for("F12", tid("open-shift"));
  } },
  { name: "08-shift-closed-none", go: async ({ till_page: page }) => {
    await page.press("F3");
    await page.gone(tid("open-shift"));
  } },
  { name: "06e-customer-welcome", page: "customer", go: async ({ till_page: page, customer_page }) => {
    await page.press("Escape");
    await home(page);
    await customer_page.see("[data-scene=welcome]");
  } },
];

export const SELLING = [
  { name: "01-empty", go: async ({ shop, till, till_page: page }) => {
    await shop.turn_to(till, at(TODAY, "14:21"));
    await till.enter("2*6922266440113", "6909743001371", "6904355001375");
    await till.act("basket.hold");
    await shop.turn_to(till, at(TODAY, "14:29"));
    await till.enter("6906362001379");
    const { basket } = await till.state();
    await till.act("basket.set_price", { line_id: basket.lines[0].line_id, yuan: "12" });
    await till.act("basket.hold");
    await shop.turn_to(till, at(TODAY, "14:36"));
    await page.see(tid("held-chip"));
    await page.press(..."xyz");
    await page.see("[data-testid=preview][data-kind=no_match]");
  } },
  { name: "09-held", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.press_for("F7", tid("sheet"));
  } },
  { name: "01-toast", go: async ({ till, till_page: page }) => {
    await page.press("Escape");
    await till.enter(...BASKET, "6902936001370");
    await drinks(page);
    await page.press("Delete");
    await page.see(`${tid("toast")}[data-kind=undo]`);
  } },
  { name: "01-price", go: async ({ till_page: page }) => {
    await page.press("/", "2", ".", "5");
  } },
  { name: "02-search", go: async ({ till_page: page }) => {
    await page.press("Escape", ..."kkkl");
    await page.see(tid("candidates"));
  } },
  { name: "06f-customer-basket", page: "customer", go: async ({ customer_page }) => {
    await customer_page.see("[data-scene=basket]");
  } },
  { name: "01-sell", readme: "sell", go: async ({ till_page: page }) => {
    await page.press("Escape", "Escape", ..."3*6928804011142");
    await page.see("[data-testid=preview][data-kind=article]");
  } },
  { name: "13-keys", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.press_for("F10", tid("all-keys"));
  } },
  { name: "11-menu", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.click(tid("menu"));
    await page.see(tid("manage-people"));
  } },
  { name: "11-sign-in", go: async ({ till_page: page }) => {
    await page.click(`${tid("sign-in-as")}[data-name=陈晨]`);
    await page.see(tid("sign-in"));
    await page.press("1", "2", "3");
  } },
  { name: "11-people", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.click(tid("menu"));
    await page.click(tid("manage-people"));
    await page.see(tid("person"));
  } },
  { name: "11-settings", go: async ({ till_page: page }) => {
    await page.click(tid("settings-look"));
    await page.see(tid("settings-look-page"));
  } },
  { name: "08-orders", go: async ({ till_page: page }) => {
    await home(page);
    await page.press_for("F6", tid("order-detail"));
  } },
  { name: "07-takings", go: async ({ till_page: page }) => {
    await home(page);
    await page.click(tid("tab-takings"));
    await page.see(tid("takings-net"));
  } },
  { name: "08-shift-fresh", go: async ({ till_page: page }) => {
    await home(page);
    await page.press_for("F12", tid("expected"));
  } },
];

export const PAYING = [
  { name: "03-choose", go: async ({ till, till_page: page }) => {
    await home(page);
    await page.press_for("+", on("pay"));
    await till.act("pay.back");
    await page.see(on("sell"));
    await till.enter("3*6928804011142");
    await till.begin();
    await page.see(tid("quick-cash"));
  } },
  { name: "06d-customer-due", page: "customer", go: async ({ customer_page }) => {
    await customer_page.see("[data-scene=due]");
  } },
  { name: "03-pay", readme: "pay", decodes: true, go: async ({ till, till_page: page }) => {
    await till.cash("50");
    await till.code();
    await page.see(tid("code"));
  } },
  { name: "06a-customer", page: "customer", readme: "customer", decodes: true, go: async ({ customer_page }) => {
    await customer_page.see(`[data-scene=code] ${tid("code")}`);
  } },
  { name: "13-peek", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.see(tid("line"));
  } },
  { name: "03-paying", decodes: true, go: async ({ shop, till, till_page: page }) => {
    await page.press("Enter");
    const tender = current(await till.state());
    await shop.platform_told("POST", "/trades/start-paying", { outTradeNo: tender.code.trade_no });
    await till.act("pay.ask", { tender_no: tender.tender_no });
    await page.see("[data-testid=code-state][data-phase=paying]");
  } },
  { name: "04-unknown", go: async ({ shop, till, till_page: page }) => {
    await shop.turn_to(till, at(TODAY, "14:37"));
    till.wire.cut();
    const tender = current(await till.state());
    // The customer pays; only the till cannot hear of it.
    await shop.pay(tender);
    await wait_until("nobody knows", async () => {
      await till.ask("pay.ask", { tender_no: tender.tender_no });
      const state = await till.state();
      return current(state)?.phase === "unknown" && state.sync.phase === "offline";
    });
    await page.see("[data-testid=locked-card]");
  } },
  { name: "06c-customer-confirming", page: "customer", go: async ({ customer_page }) => {
    await customer_page.see("[data-scene=confirming]");
  } },
  { name: "04-approval", go: async ({ till_page: page }) => {
    await page.press_for("F1", tid("approval"));
    await page.press("1", "2");
  } },
  { name: "09-sync-on-pay", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.click(tid("sync-status"));
    await page.see(tid("sheet"));
  } },
  { name: "03-offline", go: async ({ till, till_page: page }) => {
    await page.press("Escape");
    await till.act("pay.park");
    await page.see(on("sell"));
    await till.enter("6906014001375");
    await till.begin();
    await page.see("[data-testid=locked-card][data-lock=network]");
  } },
  { name: "09-sync", go: async ({ till, till_page: page }) => {
    await till.cash();
    await till.next();
    const sold = ["6903886001373", "6904164001375", "2*2006", "6906507001370", "6907865001378", "6902944001379"];
    for (const article of sold) {
      await till.enter(article);
      await till.begin();
      await till.cash();
      await till.next();
    }
    await till.enter(...BASKET);
    await page.click(tid("sync-status"));
    await page.see(tid("sync-waiting"));
  } },
  { name: "05-paid", go: async ({ till, till_page: page }) => {
    await page.press("Escape");
    await till.enter("3*6928804011142");
    await till.begin();
    await till.cash("100");
    await page.see(tid("paid-change"));
  } },
  { name: "05-receipt", go: async ({ till_page: page }) => {
    await page.press_for("Ctrl+p", tid("receipt-text"));
  } },
  // Paid stands for twenty seconds only: it is looked at right after a sale of its own.
  { name: "06b-customer-paid", page: "customer", go: async ({ till, till_page: page, customer_page }) => {
    await page.press("Escape");
    await till.next();
    await till.enter("3*6928804011142");
    await till.begin();
    await till.cash("100");
    await customer_page.see("[data-scene=paid]");
  } },
];

export const CLOSING = [
  { name: "03-notice", go: async ({ till, till_page: page }) => {
    await page.press("Escape");
    till.wire.mend();
    await till.next();
    await till.wait_state("what was parked is paid", (state) => state.notices.length > 0, 60_000);
    await till.wait_state("everything is at the centre", (state) => state.sync.phase === "in_step", 60_000);
    await page.see(tid("notice"));
  } },
  { name: "03-fresh", decodes: true, go: async ({ till, till_page: page }) => {
    const { notices } = await till.state();
    for (const { notice_id } of notices) await till.act("notice.seen", { notice_id });
    await till.enter("6906014001375");
    await till.begin();
    const tender = await till.code();
    await till.act("pay.renew", { tender_no: tender.tender_no });
    await till.wait_state("a fresh code", (state) => current(state)?.code != null && current(state).code.trade_no !== tender.code.trade_no, 60_000);
    await page.see(tid("code"));
  } },
  { name: "04-attention", go: async ({ shop, till, till_page: page }) => {
    const tender = current(await till.state());
    await shop.platform_told("POST", "/faults", { at: "payment", effect: { wrong_total: { total_minor: tender.amount_minor - 10 } }, times: 1 });
    await shop.pay(tender);
    await till.wait_state("it does not fit", (state) => current(state)?.phase === "needs_attention", 60_000);
    await page.see("[data-testid=code-state][data-phase=needs_attention]");
  } },
  { name: "09-sync-attention", go: async ({ till, till_page: page }) => {
    await till.act("pay.park");
    await till.wait_state("somebody has to look", (state) => state.sync.phase === "needs_attention");
    await page.click(tid("sync-status"));
    await page.see(tid("sheet"));
  } },
  { name: "08-shift-out", go: async ({ till_page: page }) => {
    await page.press("Escape");
    await page.press_for("F12", tid("expected"));
    await page.press("F4", "6", "0", "0");
  } },
  { name: "08-shift-approval", go: async ({ till_page: page }) => {
    await page.press_for("Enter", tid("approval"));
    await page.press("1");
  } },
  { name: "08-shift", readme: "shift", readme_en: true, go: async ({ till, till_page: page }) => {
    await page.press("Escape", "Escape");
    await till.act("shift.move", { direction: "out", yuan: "100", reason: "bank", note: "", approval: { pin: PIN }, moves_seen: 0 });
    const view = await till.act("shift.get");
    await home(page);
    await page.press_for("F12", tid("expected"));
    await page.call(count, pieces(view.expected_minor - 50, view.denominations));
    await page.see(tid("reason-miscounted_change"));
    await page.click("[data-testid=reason-miscounted_change]");
    await page.press(...Array(7).fill("ArrowDown"));
  } },
  { name: "08-shift-even", go: async ({ till, till_page: page }) => {
    const view = await till.act("shift.get");
    await page.call(count, pieces(view.expected_minor, view.denominations));
    await page.gone(tid("reason-miscounted_change"));
  } },
  { name: "08-shift-blind", go: async ({ till, till_page: page }) => {
    await till.act("shift.blind", { blind: true, approval: { pin: PIN } });
    await home(page);
    await page.press_for("F12", tid("shift"));
  } },
  { name: "08-shift-closed", go: async ({ till_page: page }) => {
    await page.press_for("F12", tid("shift-report"));
  } },
  { name: "08-shift-paper", go: async ({ till_page: page }) => {
    await page.press_for("Ctrl+p", tid("shift-paper"));
  } },
];

/** Fills the count in; inside the page. */
function count(counted) {
  for (const { denomination_minor, pieces } of counted) {
    const field = document.querySelector(`[data-testid="pieces-${denomination_minor}"]`);
    field.value = String(pieces);
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

/** So many of each note and coin that they make the sum. */
function pieces(sum_minor, denominations) {
  let left = sum_minor;
  return denominations.map((denomination_minor) => {
    const count = Math.floor(left / denomination_minor);
    left -= count * denomination_minor;
    return { denomination_minor, pieces: count };
  });
}

/** The practice shop's till, in a window of its own. */
export const PRACTISING = [
  { name: "12-practice", page: "practice", go: async ({ practice, practice_page: page }) => {
    await practice.enter(...BASKET);
    await drinks(page);
    await page.press(..."3*6928804011142");
    await page.see("[data-testid=preview][data-kind=article]");
  } },
  { name: "12-practice-controls", page: "practice", go: async ({ practice, practice_page: page }) => {
    await page.press("Escape");
    await practice.begin();
    await practice.code();
    await page.click(tid("tab-practice"));
    await page.see(tid("practice-trade"));
  } },
  { name: "13-link-lost", page: "practice", speaks: false, go: async ({ practice, practice_page: page }) => {
    await practice.program.stop();
    await page.see(tid("link-lost"));
  } },
];
