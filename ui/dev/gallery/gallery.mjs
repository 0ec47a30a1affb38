/**
 * Every screen and state of the product in pictures, and what a picture must hold measured on each.
 *
 *   node ui/dev/gallery/gallery.mjs --programs DIR [--out DIR] [--only PART] [--beside DIR] [--readme] [--check]
 *
 * The shop is real: sandbox, centre and tills as programs, a day of sales behind them. Development only.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { beside } from "./beside.mjs";
import { Browser } from "./browser.mjs";
import { last_week, NOON_AND_A_HALF, stock, today } from "./day.mjs";
import { FakeBridge, FIXTURES } from "./fixtures.mjs";
import { Looker } from "./looker.mjs";
import { unseen } from "./seen.mjs";
import { Shop } from "./shop.mjs";
import { CLOSING, OPENING, PAYING, PRACTISING, SELLING } from "./stops.mjs";

const sources = fileURLToPath(new URL("../../..", import.meta.url));

const { values: wishes } = parseArgs({
  options: {
    programs: { type: "string" },
    out: { type: "string", default: "target/gallery" },
    only: { type: "string", default: "" },
    beside: { type: "string" },
    readme: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});

const REAL = [OPENING, SELLING, PAYING, CLOSING, PRACTISING];
const wanted = (stop) => stop.name.includes(wishes.only) && (!wishes.readme || stop.readme !== undefined);

async function windows(browser, shop) {
  const till = await shop.add_till("till");
  await stock(till, sources);
  return { shop, till, till_page: await browser.open(till.page), customer_page: await browser.open(till.customer) };
}

async function practise(browser, at_hand) {
  const practice = await at_hand.shop.add_till("practice", { practice: true });
  Object.assign(at_hand, { practice, practice_page: await browser.open(practice.page) });
}

/** Goes through the day as far as the last stop that is wanted. */
async function real(browser, looker) {
  const last = REAL.findLastIndex((part) => part.some(wanted));
  if (last < 0) return;
  const shop = await Shop.open({ programs: resolve(wishes.programs), screens: join(sources, "ui/dist"), moment: NOON_AND_A_HALF.replace("-21T", "-13T") });
  try {
    // The number of the pictures' till is 2.
    await shop.add_till("first");
    const at_hand = await windows(browser, shop);
    for (const part of REAL.slice(0, last + 1)) {
      if (part === SELLING) {
        await last_week(shop, at_hand.till);
        await today(shop, at_hand.till);
      }
      if (part === PRACTISING) await practise(browser, at_hand);
      for (const stop of part) {
        console.error(`${Math.round(performance.now() / 1000)} s ${stop.name}`);
        await stop.go(at_hand);
        if (wanted(stop)) await looker.look(stop, at_hand);
      }
    }
  } finally {
    await shop.close();
  }
}

async function staged(browser, looker) {
  const stops = FIXTURES.filter(wanted);
  if (stops.length === 0) return;
  const bridge = await FakeBridge.start();
  try {
    for (const stop of stops) {
      for (const english of stop.page === "customer" ? [false] : [false, true]) {
        const page = await bridge.open(browser, stop, english);
        await looker.look_at(page, stop, english);
        await looker.by_keys(page, stop, english);
        await page.close();
      }
    }
  } finally {
    bridge.stop();
  }
}

const out = resolve(wishes.out);
mkdirSync(out, { recursive: true });
const browser = await Browser.start();
const looker = new Looker({ out, check: wishes.check, readme: wishes.readme ? join(sources, "docs/pictures") : null });
try {
  await staged(browser, looker);
  await real(browser, looker);
  if (wishes.only === "" && !wishes.readme) looker.note("all states", unseen(looker.seen, sources));
} catch (problem) {
  // Said before anything is closed: what cannot be closed must not hide it.
  console.error(problem);
  process.exitCode = 1;
} finally {
  await browser.close();
}
if (wishes.beside !== undefined) beside(out, resolve(wishes.beside));
writeFileSync(join(out, "findings.txt"), looker.findings.map((line) => `${line}\n`).join(""));
console.log(`${looker.looks} looks at ${looker.stops} states, ${looker.findings.length} findings`);
if (looker.findings.length > 0) process.exitCode = 1;
