import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PracticeView } from "../../generated/PracticeView";
import { state } from "../../keys/testing";
import { answers, sent } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { desk } = await import("../../till/desk.svelte");
const { till } = await import("../../till/till.svelte");
const { default: Practice } = await import("./Practice.svelte");

const faults = { lose_answers: false, lose_requests: false, no_notices: true, slow: false };
const printer = { out_of_paper: false, switched_off: true, slow: false, lose_answers: false };
const broken: PracticeView = { trades: [], faults, network_up: false, printer };
const is_on = (testid: string) => screen.getByTestId(testid).getAttribute("aria-checked") === "true";
const told = (cmd: string) => sent.filter((s) => s.cmd === cmd).map((s) => s.payload);

beforeEach(async () => {
  vi.useFakeTimers();
  sent.length = 0;
  answers["practice.trades"] = broken;
  answers["practice.printed"] = { count: 3, last: { text: "2-1121-0286", png_base64: "" } };
  till.apply(state);
  render(Practice, { shown: state });
  await vi.advanceTimersByTimeAsync(0);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

async function press(testid: string): Promise<void> {
  await fireEvent.click(screen.getByTestId(testid));
  await vi.advanceTimersByTimeAsync(0);
}

test("a page that was just opened shows the switches as they stand", () => {
  expect(is_on("cut-network")).toBe(true);
  expect(is_on("fault-no_notices")).toBe(true);
  expect(is_on("fault-slow")).toBe(false);
});

test("switching one fault keeps the others", async () => {
  answers["practice.faults"] = { ...faults, slow: true };
  await press("fault-slow");
  expect(told("practice.faults")).toEqual([{ ...faults, slow: true }]);
  expect(is_on("fault-slow") && is_on("fault-no_notices")).toBe(true);
});

test("the first press on a network that is cut restores it", async () => {
  answers["practice.network"] = state;
  await press("cut-network");
  expect(told("practice.network")).toEqual([{ up: true }]);
  expect(is_on("cut-network")).toBe(false);
});

test("what is switched elsewhere is seen with the next look", async () => {
  answers["practice.trades"] = { ...broken, network_up: true };
  await vi.advanceTimersByTimeAsync(1600);
  expect(is_on("cut-network")).toBe(false);
});

test("the printer's switches stand as they are, one changes alone, and the last paper can be seen", async () => {
  expect(is_on("printer-switched_off")).toBe(true);
  expect(is_on("printer-slow")).toBe(false);
  answers["practice.printer"] = { ...printer, slow: true };
  await press("printer-slow");
  expect(told("practice.printer")).toEqual([{ ...printer, slow: true }]);
  expect(is_on("printer-slow") && is_on("printer-switched_off")).toBe(true);
  expect(screen.getByTestId("printed-count").dataset.count).toBe("3");
  await press("last-printed");
  expect(desk.receipt).toMatchObject({ of: "printed", text: "2-1121-0286" });
});
