import { cleanup, render } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import Tick from "../../parts/Tick.svelte";
import { state as base, tender } from "../../keys/testing";
import { till } from "../../till/till.svelte";
import Paid from "./Paid.svelte";

afterEach(cleanup);

function tick_of(order_id: string): Element {
  const settled = { ...tender, phase: "settled" as const, code: null };
  const paid = { order_id, short_no: "2-1121-0286", total_minor: 2810, change_minor: 0, tenders: [settled], completed_at_ms: 1, print: null };
  till.apply({ ...base, revision: (till.state?.revision ?? 0) + 1, stage: "paid", paid });
  const { getByTestId } = render(Paid, { state: till.state!, paid });
  return getByTestId("tick");
}

test("the tick is drawn once for an order, and whoever comes back to the page finds it drawn", () => {
  expect(tick_of("o1").classList).toContain("fresh");
  cleanup();
  expect(tick_of("o1").classList).not.toContain("fresh");
  cleanup();
  expect(tick_of("o2").classList).toContain("fresh");
});

test("the same tick says nothing to a reader of screens: the word beside it does", () => {
  const { getByTestId } = render(Tick, { of: "o3", size: "2.5rem", stroke: 2 });
  expect(getByTestId("tick").getAttribute("aria-hidden")).toBe("true");
});
