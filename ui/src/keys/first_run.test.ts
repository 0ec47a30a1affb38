import { expect, test } from "vitest";
import { first_bindings, first_meaning, type FirstRun } from "./first_run";

const fresh: FirstRun = { starting: false, chosen: "practice", typed: false, keys_shown: false };

test("Enter and 1 practise, 2 goes to the shop's card, where digits are the code's", () => {
  expect(first_meaning(fresh, "Enter")).toEqual({ do: "practise" });
  expect(first_meaning(fresh, "1")).toEqual({ do: "practise" });
  expect(first_meaning(fresh, "2")).toEqual({ do: "choose", way: "shop" });
  const shop = { ...fresh, chosen: "shop" as const };
  expect(first_meaning(shop, "1")).toBeNull();
  expect(first_meaning(shop, "2")).toBeNull();
  expect(first_meaning(shop, "Enter")).toEqual({ do: "connect" });
});

test("Escape on the shop's card empties it first and leaves it next", () => {
  expect(first_meaning({ ...fresh, chosen: "shop", typed: true }, "Escape")).toEqual({ do: "clear" });
  expect(first_meaning({ ...fresh, chosen: "shop" }, "Escape")).toEqual({ do: "choose", way: "practice" });
});

test("while a till is being opened only language and look change", () => {
  const keys = first_bindings({ ...fresh, starting: true }).map((b) => b.key);
  expect(keys).toEqual(["F2", "F4"]);
});

test("no key means two things", () => {
  for (const s of [fresh, { ...fresh, chosen: "shop" as const }, { ...fresh, keys_shown: true }]) {
    const keys = first_bindings(s).map((b) => b.key);
    expect(new Set(keys).size).toBe(keys.length);
  }
});
