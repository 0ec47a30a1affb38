/**
 * The few states that the running shop cannot show here, from `ui/dev/fixtures`: the window's first screen,
 * whose other end exists only in the window; a printer's troubles, each for the moment in which it is seen; and
 * a fault, for which something real would have to break.
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
  { name: "13-fault", scene: "fault", go: async (page) => {
    await page.press("F1");
    await page.see("[data-testid=fault]");
  } },
];

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
  async open(browser, { scene = "empty", lobby, go }, english) {
    const token = `${scene}${english ? ".en" : ""}`;
    const before = [`localStorage.setItem("suanpan.language", "${english ? "en" : "zh-CN"}")`];
    if (lobby !== undefined) before.push(`(${fake_shell.toString()})(${JSON.stringify(lobby)}, ${JSON.stringify(lobby.at === "practice" ? token : null)})`);
    const page = await browser.open(`${this.origin}/?token=${token}`, before);
    await page.see("[data-testid=app], [data-testid=first-run]");
    await go?.(page);
    return page;
  }

  stop() {
    this.child.kill();
  }
}
