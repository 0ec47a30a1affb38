import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { state as base } from "../../keys/testing";
import { answers, sent } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { ask_manager } = await import("../../till/approval");
const { desk } = await import("../../till/desk.svelte");
const { people } = await import("../../till/people.svelte");
const { perform } = await import("../../till/perform");
const { till } = await import("../../till/till.svelte");
const { default: FirstManager } = await import("./FirstManager.svelte");

const alone = { ...base, shop: { ...base.shop, has_manager: false } };
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  sent.length = 0;
  for (const cmd of Object.keys(answers)) delete answers[cmd as keyof typeof answers];
  till.forget();
  till.apply(alone);
  desk.begin_anew();
});
afterEach(cleanup);

async function type(name: string, pin: string, again: string): Promise<void> {
  for (const [field, value] of Object.entries({ "manager-name": name, "manager-pin": pin, "manager-pin-again": again })) {
    await fireEvent.input(screen.getByTestId(field), { target: { value } });
  }
  perform({ do: "save_first_manager" });
  await turn();
  await tick();
}

test("two PINs that differ save nobody, and that is said", async () => {
  render(FirstManager);
  await type("陈店长", "2468", "2467");
  expect(sent).toEqual([]);
  expect(screen.getByTestId("manager-problem").textContent).toContain("不一样");
});

test("the first manager is saved without anybody's word, and the till sells then", async () => {
  answers["people.save"] = [{ staff_id: "1", name: "陈店长", role: "manager", has_pin: true }];
  answers["state.get"] = { ...base, revision: 2 };
  render(FirstManager);
  expect(desk.shown).toBe("first_manager");
  await type(" 陈店长 ", "2468", "2468");
  expect(sent[0]).toEqual({ cmd: "people.save", payload: { staff_id: null, name: "陈店长", role: "manager", pin: "2468", approval: null } });
  expect([desk.shown, people.pin]).toEqual(["sell", ""]);
});

test("where nobody can approve, no PIN is asked for: that nobody can is said instead", () => {
  ask_manager({ for: "blind", blind: true });
  expect([desk.overlay, desk.asked]).toEqual([null, null]);
  expect(desk.toast?.text).toBe(till.words.problems.NO_MANAGER({}));
});
