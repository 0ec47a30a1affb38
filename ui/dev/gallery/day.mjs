/**
 * A day of the shop before the pictures begin: articles, people, a shift, sales by the hour, and the same
 * day of the week before to compare with.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MANAGER, PIN } from "./shop.mjs";

/** A Saturday afternoon. */
export const TODAY = "2026-11-21";
const LAST_WEEK = "2026-11-14";
export const NOON_AND_A_HALF = `${TODAY}T14:31:00+08:00`;
const CASHIER = "王芳";

export const at = (day, hm) => `${day}T${hm}:00+08:00`;

/** What was bought, by the hour; `code` is paid by phone. */
const HOURS = {
  "07": [["6906623001377", "6906861001375"], ["3*2003", "6907543001379"]],
  "08": [["6907865001378", "6904871001378"], ["2*2004", "6903723001375"], ["6906507001370"], ["6901186001376", "6908375001377"]],
  "09": [["6905224001373", "6901902001376"], ["0.86*3001", "0.52*3003"]],
  10: [["6909374001375", "6902113001377"], ["6901820001373"]],
  11: [["6906014001375", "2*6928804014334"], ["6904164001375"], ["2*6907148001378", "2*2005"], ["1.24*3011", "0.5*3006"]],
  12: [["6905193001374", "6909743001371"], ["2*6904164001375", "2*6928804011142"], ["6902974001370", "6904870001379"], ["3*2005", "6906623001377"], ["2*6906507001370"]],
  13: [["1.35*3001", "6904209001377"], ["6902944001379"], ["6903759001370", "2*6921168509256"]],
  14: [["6907384001378", "6908132001374"], ["2.1*3001", "6904290001379"]],
};
const LATER_HOURS = { 15: [["6907865001378"]], 16: [["6906641001373", "6902403001377"]], 17: [["6907701001371"], ["1.1*3011"]], 18: [["6906014001375"], ["2*6904164001375"], ["6904593001373"]], 19: [["6904593001373"]], 20: [["6903154001371", "6908435001378"]], 21: [["2*6904870001379"]] };

async function sale(till, lines, shop = null) {
  await till.enter(...lines);
  await till.begin();
  if (shop === null) {
    await till.cash();
  } else {
    const tender = await till.code();
    await shop.pay(tender);
    await till.wait_state("it is paid", (state) => state.stage === "paid");
  }
  await till.next();
}

async function hours(shop, till, day, sales, by_phone) {
  let number = 0;
  for (const [hour, baskets] of Object.entries(sales).sort()) {
    for (const [index, lines] of baskets.entries()) {
      await shop.turn_to(till, at(day, `${hour}:${String(6 + index * 11).padStart(2, "0")}`));
      number += 1;
      await sale(till, lines, by_phone && number % 5 < 3 ? shop : null);
    }
  }
}

/** Articles, as the shop's own file brings them. */
export async function stock(till, sources) {
  const csv = readFileSync(join(sources, "crates/till/sample/catalogue.csv"), "utf8");
  await till.act("catalogue.import", { csv, dry_run: false });
}

/** The people: a manager first, who then may add others. */
export async function employ(till) {
  await till.act("people.save", { staff_id: null, name: MANAGER, role: "manager", pin: PIN, approval: null });
  const approval = { pin: PIN };
  await till.act("people.save", { staff_id: null, name: CASHIER, role: "cashier", pin: null, approval });
  await till.act("people.save", { staff_id: null, name: "陈晨", role: "cashier", pin: "2580", approval });
  await till.act("people.sign_in", { name: CASHIER, pin: null });
}

export async function last_week(shop, till) {
  await shop.turn_to(till, at(LAST_WEEK, "07:00"));
  await hours(shop, till, LAST_WEEK, { ...HOURS, ...LATER_HOURS }, false);
}

/** Today's shift from its float until the afternoon. */
export async function today(shop, till) {
  await shop.turn_to(till, at(TODAY, "07:02"));
  await till.act("shift.open", { float_yuan: "300" });
  await hours(shop, till, TODAY, HOURS, true);
}
