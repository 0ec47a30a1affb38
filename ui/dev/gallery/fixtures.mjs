/**
 * The few states that the running shop cannot show here, from `ui/dev/fixtures`: the window's first screen,
 * whose other end exists only in the window; what is over in a moment, as a printer's troubles
 * or a code being closed; what needs days that are empty or full; and a fault, for which something real would have to
 * break.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fake_shell } from "../fake-shell.mjs";
import { keep } from "./children.mjs";

const choosing = (problem = null) => ({ at: "choosing", problem, can_leave_practice: false });
const UNREACHABLE = { code: "CENTRE_UNREACHABLE", class: "retryable", params: { address: "https://hq.xingfuli.example:8443" }, reference: null };
const LINE = "https://hq.xingfuli.example:8443#K7Q2M4XR#SHA256-9f3ac1d27b";

export const FIXTURES = [
  { name: "10-first-run", readme: "first-run", readme_en: true, lobby: choosing() },
  { name: "10-first-shop", lobby: choosing(), go: async (page) => {
    await page.press("2");
    await page.ask("Input.insertText", { text: LINE });
  } },
  { name: "10-first-typing", lobby: choosing(), go: (page) => page.press("2", ..."k7q2m", "Enter") },
  { name: "10-first-refused", lobby: choosing(UNREACHABLE), go: (page) => page.press("2") },
  { name: "10-first-opening", lobby: { at: "starting", problem: null, can_leave_practice: false } },
  { name: "11-menu-practice", scene: "practice", lobby: { at: "practice", problem: null, can_leave_practice: true }, go: (page) => page.click("[data-testid=menu]") },
  { name: "05-paid-stuck", scene: "paid_stuck" },
  { name: "05-paid-unsure", scene: "paid_unsure" },
  { name: "05-paid-printing", scene: "paid" },
  { name: "05-paid-printed", scene: "paid_done" },
  { name: "09-print", scene: "stuck", go: (page) => page.press("F4") },
  { name: "09-print-on-paid", scene: "paid_unsure", go: (page) => page.press("F4") },
  { name: "09-print-in-practice", scene: "practice_stuck", go: (page) => page.press("F4") },
  { name: "01-largest", scene: "sell.largest", go: async (page) => {
    await page.press(..."3*6928804011142");
    await page.see("[data-testid=preview][data-kind=article]");
  } },
  { name: "11-sign-in-wrong", scene: "sign_in_wrong", go: sign_in },
  { name: "11-sign-in-wait", scene: "sign_in_wait", go: sign_in },
  { name: "04-approval-refused", scene: "approval_refused", go: async (page) => {
    await page.press_for("F1", "[data-testid=approval]");
    await page.press(..."4711", "Enter");
    await page.see("dialog [role=alert]");
  } },
  { name: "03-fetching", scene: "code_fetching" },
  { name: "03-closing", scene: "code_closing" },
  { name: "03-switching", scene: "code_switching" },
  { name: "03-charging", scene: "code_charging" },
  { name: "03-reversing", scene: "code_reversing" },
  { name: "03-notice-choosing", scene: "notice_on_pay" },
  { name: "08-move-refused", scene: "move_refused", go: async (page) => {
    await page.press_for("F12", "[data-testid=expected]");
    await page.press_for("F2", "[data-testid=move-cash]");
    await page.press("5", "0", "Enter");
    await page.see("dialog [role=alert]");
  } },
  { name: "08-orders-empty", scene: "nothing_sold", go: (page) => page.press("F6") },
  { name: "08-orders-tenders", scene: "every_tender", go: (page) => page.press_for("F6", "[data-testid=order-detail]") },
  { name: "08-orders-refunds", scene: "refunds", go: (page) => page.press_for("F6", "[data-testid=refund-row]") },
  { name: "08-refund", scene: "refund", go: (page) => refund(page, "[data-testid=refund-part]") },
  { name: "08-refund-offline", scene: "refund_offline", go: (page) => refund(page, "[data-testid=refund-part]") },
  { name: "08-refund-over-left", scene: "refund_over_left", go: (page) => refund(page, "dialog [role=alert]") },
  { name: "08-refund-approval", scene: "refund", go: async (page) => {
    await refund(page, "[data-testid=refund-part]");
    await page.press_for("Enter", "[data-testid=approval]");
  } },
  { name: "07-takings-empty", scene: "nothing_sold", go: async (page) => {
    await page.click("[data-testid=tab-takings]");
    await page.see("[data-testid=takings-net]");
  } },
  { name: "09-sync-in-step", scene: "nothing_sold", go: (page) => page.click("[data-testid=sync-status]") },
  { name: "09-sync-sending", scene: "sending", go: async (page) => {
    await page.click("[data-testid=sync-status]");
    await page.see("[data-testid=sync-waiting]");
  } },
  { name: "09-sync-money", scene: "late_money", go: (page) => page.click("[data-testid=sync-status]") },
  { name: "09-sync-attention-offline", scene: "attention_offline" },
  { name: "12-practice-switched", scene: "practice", go: async (page) => {
    await page.click("[data-testid=tab-practice]");
    await page.see("[data-testid=practice-trade]");
  } },
  { name: "06g-customer-paid-by-code", scene: "paid_by_code", page: "customer", go: (page) => page.see("[data-scene=paid]") },
  { name: "13-fault", scene: "fault", go: async (page) => {
    await page.press("F1");
    await page.see("[data-testid=fault]");
  } },
];

/** A sentence more or less: measured in every size and look, and no more than that. */
const NOTICES = ["parked_order_paid", "code_renewed", "paid_twice", "given_up_returned", "late_money", "amount_differs", "code_refused", "payment_code_refused", "not_charged", "payment_code_not_sent", "refund_refused", "late_decided_elsewhere", "entry_refused"];
for (const code of NOTICES) FIXTURES.push({ name: `14-notice-${code}`, scene: `notice_${code}`, brief: true });

async function refund(page, shows) {
  await page.press_for("F6", "[data-testid=order-detail]");
  await page.press("ArrowDown");
  await page.press_for("F11", "[data-testid=refund]");
  await page.press(..."60");
  await page.see(shows);
}

async function sign_in(page) {
  await page.click("[data-testid=menu]");
  await page.click("[data-testid=sign-in-as][data-name=李敏]");
  await page.see("[data-testid=sign-in]");
  await page.press(..."4711", "Enter");
  await page.see("dialog [role=alert]");
}

/** A bridge without a till, and a window on one of its scenes. */
export class FakeBridge {
  static async start() {
    const child = keep(spawn(process.execPath, [fileURLToPath(new URL("../fake-bridge.mjs", import.meta.url))], { stdio: ["ignore", "pipe", "inherit"] }));
    const line = await new Promise((resolve) => child.stdout.once("data", resolve));
    return new FakeBridge(child, new URL(String(line).trim()).origin);
  }

  constructor(child, origin) {
    this.child = child;
    this.origin = origin;
  }

  /** Each language is a window of its own: what speaks it is told before the page begins. */
  async open(browser, { scene = "empty", lobby, page: window = "till", go }, english) {
    const token = `${scene}${english ? ".en" : ""}`;
    const before = [`localStorage.setItem("suanpan.language", "${english ? "en" : "zh-CN"}")`];
    if (lobby !== undefined) before.push(`(${fake_shell.toString()})(${JSON.stringify(lobby)}, ${JSON.stringify(lobby.at === "practice" ? token : null)})`);
    const page = await browser.open(`${this.origin}/${window === "customer" ? "customer.html" : ""}?token=${token}`, before);
    await page.see("[data-testid=app], [data-testid=first-run], [data-testid=customer-scene]");
    await go?.(page);
    return page;
  }

  stop() {
    this.child.kill();
  }
}
