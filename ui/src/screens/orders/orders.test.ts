import { cleanup, render } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, expect, test, vi } from "vitest";
import type { OrderRow } from "../../generated/OrderRow";
import { state } from "../../keys/testing";
import { answers, note_scrolls } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { desk } = await import("../../till/desk.svelte");
const { perform } = await import("../../till/perform");
const { till } = await import("../../till/till.svelte");
const { default: Orders } = await import("./Orders.svelte");

afterEach(cleanup);

const row = (n: number): OrderRow => ({
  order_id: `o${n}`, short_no: `2-1121-${n}`, state: "COMPLETED", at_ms: 0, total_minor: 350, means: ["CASH_PAY"], only_here: false,
});

test("the chosen order is scrolled into view when the choice moves, and not when a newer state comes", async () => {
  const scrolled = note_scrolls();
  const last = () => (scrolled.at(-1) as HTMLElement | undefined)?.dataset.shortNo;
  answers["orders.find"] = Array.from({ length: 40 }, (_, n) => row(n));
  till.apply(state);
  desk.go("orders");
  const page = render(Orders, { shown: state });
  await tick();
  await tick();
  expect(last()).toBe("2-1121-0");
  for (let n = 0; n < 30; n += 1) perform({ do: "move_order", by: 1 });
  await tick();
  expect(last()).toBe("2-1121-30");
  const before = scrolled.length;
  await page.rerender({ shown: { ...state, revision: state.revision + 1 } });
  await tick();
  await tick();
  expect(scrolled.length).toBe(before);
});
