import { describe, expect, test } from "vitest";
import { CODE_CLASS } from "../generated/schema";
import type { Code } from "../generated/Code";
import { en } from "./en";
import { zh, type Words } from "./zh";

const FILES = import.meta.glob<string>("../generated/*.ts", { query: "?raw", import: "default", eager: true });

/** The members of a generated union, read from its file: types leave nothing to walk at run time. */
function members(name: string): string[] {
  const declared = (FILES[`../generated/${name}.ts`] ?? "").split(`export type ${name} =`)[1] ?? "";
  return [...declared.matchAll(/"([^"]+)"/g)].map((m) => m[1]!);
}

const PARAMS = {
  text: "69", max: "999.00", unit: "piece", line: "3", state: "PAYING", tender: "t", seconds: "30", due: "28.10",
  means: "WECHAT_PAY", column: "price", reason: "x", address: "centre.example", found: "9", known: "8", path: "till.db",
  short_no: "2-1121-0286", amount_minor: "2810", due_minor: "2810", seq: "12", code: "X", name: "n", min: "4", cashier: "c", counted: "883.80", denomination: "100", left: "7.00",
};

/** Every sentence in a table of words, functions called with something. */
function sentences(table: unknown): string[] {
  if (typeof table === "string") return [table];
  if (typeof table === "function" || table === null) return [];
  return Object.values(table as object).flatMap(sentences);
}

describe.each([["zh", zh], ["en", en]] as [string, Words][])("%s", (_name, words) => {
  test.each(Object.keys(CODE_CLASS))("says no for %s in a sentence with its values", (code) => {
    const sentence = words.problems[code as Code](PARAMS);
    expect(sentence.length).toBeGreaterThan(3);
    expect(sentence).not.toMatch(/undefined|NaN|\[object/);
  });

  test("has a sentence for every notice, undo and state", () => {
    const tables = { NoticeCode: words.notices, UndoCode: words.undone, TenderPhase: words.phases, Means: words.means, OrderState: words.order_states };
    for (const [union, table] of Object.entries(tables)) {
      const names = members(union);
      expect(names.length).toBeGreaterThan(1);
      expect(Object.keys(table).sort()).toEqual([...names].sort());
    }
    for (const say of Object.values(words.notices)) expect(say(PARAMS)).not.toMatch(/undefined|NaN/);
    expect(Object.keys(words.sync.title).sort()).toEqual(members("SyncPhase").sort());
  });

  test("raises no alarm and begs no pardon", () => {
    const all = [...sentences(words), ...Object.values(words.problems).map((say) => say(PARAMS)), ...Object.values(words.notices).map((say) => say(PARAMS))];
    for (const sentence of all) {
      expect(sentence).not.toMatch(/[!！]|您|亲，|哦|请稍后再试|操作失败|系统异常|参数|超时|接口|服务器|\b(please|sorry|oops)\b/i);
    }
  });
});

describe("a refund that the platform refused", () => {
  test.each([["zh", zh], ["en", en]] as [string, Words][])("%s offers the same way again, or what the shop does without the till", (_name, words) => {
    for (const sentence of [words.refunds.looks.refused, words.notices.REFUND_REFUSED(PARAMS)]) {
      expect(sentence).not.toMatch(/another way|别的办法/);
      expect(sentence).toMatch(/at the platform or in the shop’s own way|在平台后台或店里另外退/);
    }
  });
});

describe("cash in the place of a code that has not answered", () => {
  const { cash_approved } = en.pay.cards;

  test("promises no refund that head office has not accepted, on the card and at the approval", () => {
    for (const means of ["WECHAT_PAY", "ALI_PAY"] as const) {
      for (const sentence of [cash_approved(means)[1], en.approval.why(means)]) expect(sentence).not.toMatch(/goes back|sent back|is returned|refunded/);
      for (const sentence of [zh.pay.cards.cash_approved(means)[1], zh.approval.why(means)]) expect(sentence).not.toMatch(/会退|退还|原路退回/);
    }
  });

  test("stays one line of the card in English", () => {
    for (const means of ["WECHAT_PAY", "ALI_PAY"] as const) expect(cash_approved(means)[1].length).toBeLessThanOrEqual(44);
  });
});
