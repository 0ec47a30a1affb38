/**
 * Looks at a state in every size, look and language: takes the picture and measures what it must hold.
 *
 * With `check` only what has to be read out of a picture is taken; with `readme` only the README's pictures.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask_axe } from "./axe.mjs";
import { walk } from "./keyboard.mjs";
import { measure } from "./measure.mjs";
import { says } from "./seen.mjs";
import { wait_until } from "./wait.mjs";

const SIZES = [[1366, 768], [1920, 1080]];
const THEMES = ["light", "dark", "contrast"];
/** Twice as big in a window of the same size: half the room. */
const ZOOMED = [[683, 384], [960, 540]];

/** Between the languages axe sees every theme; what is in one language only is seen in all three. */
function axe_sees(stop, english) {
  if (stop.page === "customer" || stop.speaks === false) return THEMES;
  return english ? ["dark"] : ["light", "contrast"];
}

export class Looker {
  constructor({ out, check, readme }) {
    Object.assign(this, { out, check, readme, findings: [], seen: new Set(), looks: 0, stops: 0 });
  }

  /** A state of the real shop; the till is told the language, and nothing else changes by it. */
  async look(stop, at_hand) {
    const page = at_hand[`${stop.page ?? "till"}_page`];
    const till = stop.page === "practice" ? at_hand.practice : at_hand.till;
    for (const english of stop.page === "customer" || stop.speaks === false ? [false] : [false, true]) {
      if (stop.speaks !== false) {
        await till.act("settings.language", { language: english ? "en" : "zh-CN" });
        if (stop.page !== "customer") await wait_until("the language is on screen", () => page.evaluate(`document.documentElement.lang === "${english ? "en" : "zh-CN"}"`));
      }
      await this.look_at(page, stop, english);
    }
    const spoken = stop.speaks !== false && stop.page !== "customer";
    if (spoken) await this.by_keys(page, stop, true);
    if (stop.speaks !== false) await till.act("settings.language", { language: "zh-CN" });
    if (spoken) await wait_until("the language is back", () => page.evaluate(`document.documentElement.lang === "zh-CN"`));
    await this.by_keys(page, stop, false);
  }

  /** What the page shows now, in one language. */
  async look_at(page, stop, english) {
    if (!english) this.stops += 1;
    await page.to_front();
    for (const said of await page.call(says)) this.seen.add(said);
    if (this.readme !== null) return this.for_readme(page, stop, english);
    for (const theme of THEMES) {
      await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
      for (const [width, height] of SIZES) {
        await page.size(width, height);
        await page.rest();
        const name = `${stop.name}-${theme}${english ? "-en" : ""}-${width}x${height}`;
        this.note(name, await page.call(measure, false));
        if (!this.check || stop.decodes === true) await this.picture(page, stop, name);
      }
    }
    if (stop.brief !== true) await this.closely(page, stop, english);
  }

  /** What does not depend on every look: other programs' eyes, zoom, keys. */
  async closely(page, stop, english) {
    const name = `${stop.name}${english ? "-en" : ""}`;
    await page.size(1366, 768);
    for (const theme of axe_sees(stop, english)) {
      await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
      await page.rest();
      this.note(`${name}-${theme}`, await ask_axe(page));
    }
    await page.evaluate(`document.documentElement.dataset.theme = "${english ? "dark" : "light"}"`);
    for (const [width, height] of ZOOMED) {
      await page.size(width, height, 2);
      await page.rest();
      const zoomed = `${name}-zoom-${width}x${height}`;
      if (!this.check) writeFileSync(join(this.out, `${zoomed}.png`), await page.picture());
      this.note(zoomed, await page.call(measure, true));
      await page.evaluate("scrollTo(0, 0)");
    }
    await page.size(1366, 768);
    await page.evaluate(`document.documentElement.dataset.theme = "light"`);
    await page.rest();
  }

  /** The walk with the keys comes after the pictures of both languages: what it moves, nobody shall see. */
  async by_keys(page, stop, english) {
    if (this.readme !== null || stop.page === "customer" || stop.brief === true) return;
    await page.rest();
    this.note(`${stop.name}${english ? "-en" : ""}`, await walk(page));
  }

  async picture(page, stop, name) {
    const path = join(this.out, `${name}.png`);
    writeFileSync(path, await page.picture());
    if (stop.decodes !== true) return;
    const read = spawnSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path], { encoding: "utf8" });
    const codes = (read.stdout ?? "").split("\n").filter((line) => line !== "");
    if (codes.length !== 1) this.note(name, [`${codes.length} codes can be read from the picture, one is shown`]);
  }

  async for_readme(page, stop, english) {
    if (stop.readme === undefined || (english && stop.readme_en !== true)) return;
    mkdirSync(this.readme, { recursive: true });
    await page.size(1366, 768);
    await page.rest();
    writeFileSync(join(this.readme, `${stop.readme}${english ? "-en" : ""}.png`), await page.picture());
  }

  note(name, found) {
    this.looks += 1;
    for (const line of found) {
      this.findings.push(`${name}: ${line}`);
      console.log(this.findings.at(-1));
    }
  }
}
