import { expect, test } from "vitest";
import { state } from "../keys/testing";
import { words_of } from "../words";
import { title_of } from "./title";

const practice = { ...state, shop: { ...state.shop, practice: true } };

test("the window's name says that it practises, and a shop's own till says no more than what it is", () => {
  expect(title_of(practice, words_of("zh-CN").frame)).toBe("练习 · 算盘");
  expect(title_of(practice, words_of("en").frame)).toBe("Practice · Suanpan");
  expect(title_of(state, words_of("zh-CN").frame)).toBe("算盘");
  expect(title_of(null, words_of("en").frame)).toBe("Suanpan");
});
