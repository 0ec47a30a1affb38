/**
 * Pictures of every scene in headless Chromium, with the measurements that a picture must pass: nothing
 * under 14 px, nothing pressable under 44 px, nothing clipped, no page overflow.
 *
 *   node ui/dev/shoot.mjs FOLDER [scene-name-part]
 *
 * Talks to the browser over a pipe, so it needs no package. Development only.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fake_shell } from "./fake-shell.mjs";
import { measure } from "./measure.mjs";
import { SHOTS } from "./shots.mjs";

const out = process.argv[2] ?? "shots";
const only = process.argv[3] ?? "";
const CHROMIUM = process.env.CHROMIUM ?? "chromium";
const here = fileURLToPath(new URL(".", import.meta.url));

class Browser {
  constructor(profile) {
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--hide-scrollbars", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"];
    this.process = spawn(CHROMIUM, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
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
    return new Promise((resolve, reject) => this.asked.set(id, { resolve, reject }));
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function open(browser, address, { width, height, theme, english, lobby, scene }) {
  const { targetId } = await browser.ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.ask("Target.attachToTarget", { targetId, flatten: true });
  const ask = (method, params) => browser.ask(method, params, sessionId);
  await ask("Page.enable");
  await ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  await ask("Page.addScriptToEvaluateOnNewDocument", { source: `localStorage.setItem("suanpan.theme", ${JSON.stringify(theme)})` });
  if (lobby !== undefined) {
    await ask("Page.addScriptToEvaluateOnNewDocument", { source: `localStorage.setItem("suanpan.language", "${english ? "en" : "zh-CN"}")` });
    await ask("Page.addScriptToEvaluateOnNewDocument", { source: `(${fake_shell.toString()})(${JSON.stringify(lobby)}, ${JSON.stringify(scene === undefined ? null : `${scene}${english ? ".en" : ""}`)})` });
  }
  await ask("Page.navigate", { url: address });
  const evaluate = async (expression) => (await ask("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true })).result.value;
  for (let tries = 0; tries < 100; tries += 1) {
    if (await evaluate(`document.querySelector("[data-testid=app],[data-testid=first-run],[data-testid=customer-scene]") !== null && document.fonts.status === "loaded"`)) break;
    await pause(50);
  }
  return { ask, evaluate, close: () => browser.ask("Target.closeTarget", { targetId }) };
}

async function press(page, key) {
  const ctrl = key.startsWith("Ctrl+");
  const name = ctrl ? key.slice(5).toLowerCase() : key;
  const event = { key: name, modifiers: ctrl ? 2 : 0, text: name.length === 1 && !ctrl ? name : undefined };
  await page.ask("Input.dispatchKeyEvent", { type: "keyDown", ...event });
  await page.ask("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  await pause(130);
}

async function shoot(browser, base, shot) {
  const page = await open(browser, `${base}${shot.page ?? "/"}?token=${shot.scene}${shot.english ? ".en" : ""}`, shot);
  await pause(250);
  for (const key of shot.keys ?? []) await press(page, key);
  for (const selector of shot.clicks ?? []) {
    await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
    await pause(250);
  }
  for (const key of shot.then ?? []) await press(page, key);
  if (shot.paste !== undefined) await page.ask("Input.insertText", { text: shot.paste });
  await pause(300);
  const { data } = await page.ask("Page.captureScreenshot", { format: "png" });
  writeFileSync(join(out, `${shot.name}.png`), Buffer.from(data, "base64"));
  const found = await page.evaluate(`(${measure.toString()})()`);
  await page.close();
  return found;
}

mkdirSync(out, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "shoot-"));
const served = spawn(process.execPath, [join(here, "fake-bridge.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
const address = await new Promise((resolve) => served.stdout.once("data", (line) => resolve(new URL(String(line).trim()).origin)));
const browser = new Browser(profile);
let wrong = 0;
try {
  for (const shot of SHOTS.filter((s) => s.name.includes(only))) {
    const found = await shoot(browser, address, shot);
    wrong += found.length;
    console.log(found.length === 0 ? `ok   ${shot.name}` : `LOOK ${shot.name}\n     ${found.join("\n     ")}`);
  }
} finally {
  served.kill();
  await browser.ask("Browser.close").catch(() => undefined);
  await pause(300);
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
process.exitCode = wrong === 0 ? 0 : 1;
