import { expect, test } from "vitest";
import { plain, said, typed, whole_yuan, yuan, money_parts, minor_of, signed } from "./money";
import { bare, percent, quantity } from "./quantity";
import { day_away, day_in_words, hm, hms, left, weekday } from "./time";
import { pinyin_marks } from "./pinyin";

test("amounts have two decimals, groups of three and a true minus", () => {
  expect(plain(0)).toBe("0.00");
  expect(plain(7)).toBe("0.07");
  expect(plain(-304)).toBe("\u22123.04");
  expect(plain(147250)).toBe("1,472.50");
  expect(plain("123456789012")).toBe("1,234,567,890.12");
  expect(yuan(2680)).toBe("¥26.80");
  expect(yuan(-4130)).toBe("\u2212¥41.30");
  expect(said("1472.50")).toBe("1,472.50");
  expect(said("-0.07")).toBe("\u22120.07");
  expect(typed(147250)).toBe("1472.50");
  expect(whole_yuan(150000)).toBe("1,500");
  expect(money_parts(-5)).toEqual({ sign: "\u2212", whole: "0", fen: "05" });
});

test("pieces are whole and weights have three decimals", () => {
  expect(quantity(3000, "piece")).toBe("3");
  expect(quantity(862, "kilogram")).toBe("0.862 kg");
  expect(quantity(21400, "kilogram")).toBe("21.400 kg");
  expect(bare(500)).toBe("0.5");
  expect(bare(10000)).toBe("10");
  expect(percent(588)).toBe("58.8%");
  expect(percent(5)).toBe("0.5%");
  expect(percent(-62)).toBe("\u22126.2%");
});

test("times are the shop's, whatever the machine's zone is", () => {
  const at = Date.UTC(2026, 10, 21, 6, 37, 8);
  expect(hms(at, "Asia/Shanghai")).toBe("14:37:08");
  expect(hm(Date.UTC(2026, 10, 21, 16, 0), "Asia/Shanghai")).toBe("00:00");
  expect(left(102_000, 0)).toBe("1:42");
  expect(left(0, 5_000)).toBe("0:00");
});

test("days are said in both languages", () => {
  expect(day_in_words("2026-11-21", "zh-CN")).toBe("11 月 21 日 星期六");
  expect(day_in_words("2026-11-21", "en")).toBe("Saturday 21 November");
  expect(weekday("2026-11-14", "zh-CN")).toBe("周六");
  expect(day_away("2026-03-01", -1)).toBe("2026-02-28");
});

test("the letters that matched are marked, by initials or in full", () => {
  const marks = (typed: string) => pinyin_marks("kě kǒu kě lè", typed).map((s) => s.hit);
  expect(marks("kkkl")).toEqual(["k", "k", "k", "l"]);
  expect(marks("kl")).toEqual(["", "", "k", "l"]);
  expect(marks("kekou")).toEqual(["kě", "kǒu", "", ""]);
  expect(marks("keko")).toEqual(["kě", "kǒ", "", ""]);
  expect(marks("可乐")).toEqual(["", "", "", ""]);
  expect(pinyin_marks("lǜ chá", "lvc").map((s) => s.hit)).toEqual(["lǜ", "c"]);
});

test("typed yuan become minor units by moving their digits, and what is no amount becomes nothing", () => {
  expect(["300", "300.5", "0.05", "12."].map(minor_of)).toEqual([30000, 30050, 5, 1200]);
  expect(["", "-1", "1.234", "1,000", "a"].map(minor_of)).toEqual([null, null, null, null, null]);
  expect([signed(30000), signed(-1200), signed(0)]).toEqual(["+300.00", "\u221212.00", "0.00"]);
});
