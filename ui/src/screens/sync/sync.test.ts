import { cleanup, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SyncList } from "../../generated/SyncList";
import { meaning } from "../../keys/bindings";
import { state } from "../../keys/testing";
import { words_of } from "../../words";
import { answers, note_scrolls } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { desk } = await import("../../till/desk.svelte");
const { perform } = await import("../../till/perform");
const { till } = await import("../../till/till.svelte");
const { default: SyncSheet } = await import("./SyncSheet.svelte");

const entry = { epoch: 1, seq: 7, kind: "order_completed", code: "MEMBER_UNKNOWN", order_id: null, at_ms: 0 };
const list: SyncList = {
  status: { ...state.sync, phase: "needs_attention", attention: 1 },
  waiting: [],
  waiting_minor: 0,
  late: [],
  refunds: [],
  attention: [
    { tender_no: "t", order_id: "done", short_no: "2-1121-0279", order_state: "COMPLETED", means: "WECHAT_PAY", amount_minor: 3600, matter: "no_place" },
  ],
  to_confirm: [],
  revoked: false,
  refused: [],
  acked_at_ms: null,
};

beforeEach(() => {
  note_scrolls();
  desk.go("sell");
  desk.open_sheet("sync");
});
afterEach(cleanup);

async function open(part: Partial<SyncList>, language: "zh-CN" | "en" = "zh-CN"): Promise<void> {
  answers["sync.list"] = { ...list, ...part };
  const shown = { ...state, revision: (till.state?.revision ?? 0) + 1, shop: { ...state.shop, language }, sync: list.status };
  till.apply(shown);
  render(SyncSheet, { state: shown });
  await tick();
  await tick();
}

const kinds = () => screen.queryAllByTestId("sync-look").map((row) => row.dataset.kind);
const enter = () => meaning(desk.situation!, "Enter");

test.each(["zh-CN", "en"] as const)("money for a closed code of a paid order is in the list with what is the matter, in %s", async (language) => {
  await open({}, language);
  const words = words_of(language);
  const said = screen.getByTestId("sync-look").textContent ?? "";
  expect(said).toContain("2-1121-0279");
  expect(said).toContain(words.means.WECHAT_PAY.name);
  expect(said).toContain("36.00");
  expect(said).toContain(words.order_states.COMPLETED);
  expect(said).toContain(words.sync.matters.no_place);
});

test("Enter opens the order of the row, under Orders when it is done and on Pay when it waits", async () => {
  const parked = { ...list.attention[0]!, tender_no: "u", order_id: "parked", order_state: "TO_CONFIRM" as const };
  await open({ attention: [list.attention[0]!, parked] });
  perform({ do: "move_item", by: 1 });
  expect(enter()).toEqual({ do: "open_parked", order_id: "parked" });
  perform({ do: "move_item", by: -1 });
  await tick();
  expect(screen.getAllByTestId("sync-look")[0]!.className).toContain("chosen");
  perform(enter()!);
  expect([desk.screen, desk.order_id, desk.sheet]).toEqual(["orders", "done", null]);
});

test("entries with one number in two journals both stand in the list, and only those with an order open", async () => {
  const refused = [entry, { ...entry, epoch: 2, order_id: "of-entry" }];
  await open({ attention: [], refused, revoked: true });
  expect(kinds()).toEqual(["revoked", "refused", "refused"]);
  expect(enter()).toEqual({ do: "view_order", order_id: "of-entry" });
});

test("a sheet that has no rows yet opens none of the sheet before it", () => {
  desk.sheet_items = [{ order_id: "old", opens: "basket" }];
  desk.go("sell");
  desk.open_sheet("held");
  expect(enter()).toBeNull();
});

test("codes and head office are as usual while something wants a look, unless the till is offline or switched off", async () => {
  await open({});
  expect(screen.queryAllByText(till.words.sync.waits)).toEqual([]);
  expect(screen.queryByTestId("sync-retry")).toBeNull();
  cleanup();
  await open({ revoked: true });
  expect(screen.getAllByText(till.words.sync.waits)).toHaveLength(2);
});
