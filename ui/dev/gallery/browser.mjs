/**
 * Chromium without a screen, spoken to over a pipe, so that it needs no package: pages, keys, pictures.
 *
 * Not here: what a page has to look like.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keep } from "./children.mjs";
import { pause, wait_until } from "./wait.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--disable-background-timer-throttling", "--hide-scrollbars", "--remote-debugging-pipe", "about:blank"];
/** Longer than the longest look takes on a busy machine. */
const ANSWER_MS_MAX = 60_000;
/** A key that has shown nothing after this was not taken; a hand presses it again. */
const AGAIN_AFTER_MS = 5_000;
const TRIES_MAX = 3;
/** Between two keys: a hand, not a scanner. */
const HAND_GAP_MS = 130;
/** The keys whose number a browser wants to know before it does anything of its own with them. */
const NUMBERS = { Tab: 9, Enter: 13, Escape: 27, " ": 32, Backspace: 8, ArrowUp: 38, ArrowDown: 40, ArrowLeft: 37, ArrowRight: 39 };
const TEXTS = { Enter: "\r", " ": " " };

export class Browser {
  static async start() {
    return new Browser();
  }

  constructor() {
    this.profile = mkdtempSync(join(tmpdir(), "suanpan-gallery-"));
    this.process = keep(spawn(CHROMIUM, [`--user-data-dir=${this.profile}`, ...FLAGS], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] }));
    this.asked = new Map();
    this.next = 1;
    let rest = "";
    this.process.stdio[4].on("data", (part) => {
      const messages = (rest + part).split("\0");
      rest = messages.pop() ?? "";
      for (const text of messages) this.hear(JSON.parse(text));
    });
  }

  hear(message) {
    const asked = this.asked.get(message.id);
    this.asked.delete(message.id);
    if (message.error !== undefined) asked?.reject(new Error(message.error.message));
    else asked?.resolve(message.result);
  }

  ask(method, params = {}, sessionId = undefined) {
    const id = this.next++;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the browser does not answer ${method} ${(params.expression ?? "").slice(0, 200)}`)), ANSWER_MS_MAX);
      const done = (settle) => (value) => (clearTimeout(late), settle(value));
      this.asked.set(id, { resolve: done(resolve), reject: done(reject) });
    });
  }

  /** A window of its own with this page; `before` are scripts that run ahead of the page's own. */
  async open(address, before = []) {
    const { targetId } = await this.ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.ask("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, targetId, sessionId);
    await page.ask("Page.enable");
    await page.ask("Emulation.setFocusEmulationEnabled", { enabled: true });
    for (const source of before) await page.ask("Page.addScriptToEvaluateOnNewDocument", { source });
    await page.size(1366, 768);
    await page.ask("Page.navigate", { url: address });
    return page;
  }

  async close() {
    this.process.kill("SIGTERM");
    const ended = () => (this.process.exitCode !== null || this.process.signalCode !== null ? true : null);
    await wait_until("the browser ends", ended).catch(() => this.process.kill("SIGKILL"));
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

class Page {
  constructor(browser, target, session) {
    this.browser = browser;
    this.target = target;
    this.session = session;
  }

  ask(method, params) {
    return this.browser.ask(method, params, this.session);
  }

  async size(width, height, scale = 1) {
    await this.ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.ask("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Runs a function in the page. */
  call(inside, ...given) {
    return this.evaluate(`(${inside.toString()})(${given.map((value) => JSON.stringify(value)).join(",")})`);
  }

  /** Waits until something fits and can be seen. */
  async see(css) {
    const seen = () => this.evaluate(`(document.querySelector(${JSON.stringify(css)})?.getClientRects().length ?? 0) > 0`);
    await wait_until(`${css} on screen`, seen).catch(async (problem) => {
      throw new Error(`${problem.message}; the page: ${await this.evaluate("document.body.innerText")}`);
    });
  }

  async gone(css) {
    await wait_until(`no ${css} on screen`, () => this.evaluate(`document.querySelector(${JSON.stringify(css)}) === null`));
  }

  /** Presses keys by hand, one after the other: `"F7"`, `"Ctrl+p"`, `"a"`. */
  async press(...keys) {
    for (const key of keys) {
      await pause(HAND_GAP_MS);
      await this.stroke(key);
    }
    await pause(HAND_GAP_MS);
  }

  /** Presses a key that shows something, again if the page was too busy to take it, as it says itself. */
  async press_for(key, css) {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      await this.press(key);
      const seen = () => this.evaluate(`(document.querySelector(${JSON.stringify(css)})?.getClientRects().length ?? 0) > 0`);
      const came = await wait_until(css, seen, AGAIN_AFTER_MS).catch(() => false);
      if (came) return;
    }
    await this.see(css);
  }

  async stroke(key) {
    const ctrl = key.startsWith("Ctrl+");
    const shift = key.startsWith("Shift+");
    const name = key.replace(/^(Ctrl|Shift)\+(?=.)/u, "");
    const text = ctrl ? undefined : (TEXTS[name] ?? (name.length === 1 ? name : undefined));
    const event = { key: name, modifiers: (ctrl ? 2 : 0) + (shift ? 8 : 0), text, windowsVirtualKeyCode: NUMBERS[name] };
    await this.ask("Input.dispatchKeyEvent", { type: text === undefined ? "rawKeyDown" : "keyDown", ...event });
    await this.ask("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async click(css) {
    await this.see(css);
    await this.evaluate(`document.querySelector(${JSON.stringify(css)}).click()`);
  }

  /** Until what moves has come to rest and is drawn. */
  rest() {
    return this.evaluate(`(async () => {
      await document.fonts.ready;
      const passing = document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity);
      await Promise.all(passing.map((a) => a.finished.catch(() => undefined)));
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    })()`);
  }

  async picture() {
    const { data } = await this.ask("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }

  /** Windows behind others are drawn late. */
  to_front() {
    return this.ask("Page.bringToFront");
  }

  close() {
    return this.browser.ask("Target.closeTarget", { targetId: this.target });
  }
}
