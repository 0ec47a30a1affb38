import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { state as base, line, pay } from "../keys/testing";
import type { TillState } from "../generated/TillState";

const sent: { cmd: string; payload: Record<string, unknown> }[] = [];
let answer: (cmd: string) => Promise<unknown>;

vi.mock("../platform", async (original) => ({
  ...(await original<typeof import("../platform")>()),
  rpc: (cmd: string, payload: Record<string, unknown>) => {
    if (cmd === "basket.preview") return Promise.resolve({ kind: "empty" });
    sent.push({ cmd, payload });
    return answer(cmd);
  },
}));

const { desk } = await import("./desk.svelte");
const { ProblemError } = await import("../platform");
const { listen_to_keys } = await import("./keyboard");
const { till } = await import("./till.svelte");

let stop: () => void;
let now_ms = 100_000;
let box: HTMLInputElement;

const shown = (part: Partial<TillState> = {}): TillState => ({ ...base, revision: (till.state?.revision ?? 0) + 1, ...part });
const filled = (): TillState => shown({ basket: { ...base.basket, order_id: "o", lines: [line], pieces: 1, total_minor: 350 } });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(performance, "now").mockImplementation(() => now_ms);
  document.body.innerHTML = `<input type="text" data-main-field="box" />`;
  box = document.querySelector("input")!;
  box.addEventListener("input", () => (desk.text = box.value));
  sent.length = 0;
  answer = (cmd) => Promise.resolve(cmd === "basket.enter" ? { line_id: null, problem: null, state: shown() } : shown());
  desk.go("sell");
  desk.clear_box();
  desk.quiet();
  stop = listen_to_keys();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function key(name: string, gap_ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(gap_ms);
  now_ms += gap_ms;
  const event = new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true });
  Object.defineProperty(event, "timeStamp", { value: now_ms });
  (document.activeElement ?? document.body).dispatchEvent(event);
}

async function scan(code: string, first_gap_ms = 7): Promise<void> {
  let gap_ms = first_gap_ms;
  for (const name of [...code, "Enter"]) {
    await key(name, gap_ms);
    gap_ms = 7;
  }
}

async function rest(): Promise<void> {
  now_ms += 500;
  await vi.advanceTimersByTimeAsync(500);
}

const commands = () => sent.map((s) => s.cmd);

test("thirty scans in three seconds are sent in order, though answers are slow", async () => {
  till.apply(shown());
  answer = () => new Promise((resolve) => setTimeout(() => resolve({ line_id: null, problem: null, state: shown() }), 60));
  const codes = Array.from({ length: 30 }, (_, i) => `6928804${String(100000 + i)}`);
  for (const code of codes) await scan(code);
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent.map((s) => s.payload.text)).toEqual(codes);
  expect(new Set(sent.map((s) => s.payload.by))).toEqual(new Set(["scan"]));
  expect(box.value).toBe("");
});

test("a quantity typed by hand counts for the scan after it", async () => {
  till.apply(shown());
  await key("3", 500);
  await key("＊", 200);
  expect(box.value).toBe("3*");
  await scan("6928804011142", 400);
  await rest();
  expect(sent).toEqual([{ cmd: "basket.enter", payload: { text: "3*6928804011142", by: "scan" } }]);
});

test("an Enter by hand begins payment, a second one meant for the old screen does nothing", async () => {
  till.apply(filled());
  answer = () => new Promise((resolve) => setTimeout(() => resolve(shown({ stage: "pay", pay })), 300));
  await key("Enter", 1000);
  await key("Enter", 150);
  await rest();
  expect(commands()).toEqual(["pay.begin"]);
  expect(desk.toast?.text).toBe(till.words.frame.stalled);
});

test("while an answer is missing for a second, commands are dropped with a sentence and scans are kept", async () => {
  till.apply(filled());
  let arrive: (state: TillState) => void = () => undefined;
  answer = (cmd) =>
    cmd === "basket.remove"
      ? new Promise((resolve) => (arrive = resolve))
      : Promise.resolve({ line_id: null, problem: null, state: filled() });
  await key("Delete", 500);
  await key("Enter", 1200);
  expect(desk.toast?.text).toBe(till.words.frame.stalled);
  await scan("6928804011142", 400);
  arrive(filled());
  await rest();
  expect(commands()).toEqual(["basket.remove", "basket.enter"]);
});

test("a scan on Pay pays what is typed there, once, and stays in no field", async () => {
  till.apply(shown({ stage: "pay", pay }));
  desk.amount = "20";
  await scan("134567890123456789", 500);
  await rest();
  expect(sent).toEqual([{ cmd: "pay.take", payload: { scanned: "134567890123456789", yuan: "20", expected_open_minor: pay.open_minor } }]);
  expect(box.value).toBe("");
  expect(desk.amount).toBe("");
});

test("a scan that is no payment code says so, and what was typed stays", async () => {
  till.apply(shown({ stage: "pay", pay }));
  desk.amount = "20";
  const no = { code: "NOT_A_PAYMENT_CODE" as const, class: "refused" as const, params: {}, reference: null };
  answer = () => Promise.reject(new ProblemError(no));
  await scan("6928804011142", 500);
  await rest();
  expect(commands()).toEqual(["pay.take"]);
  expect(desk.toast).toEqual({ kind: "problem", text: till.words.problems.NOT_A_PAYMENT_CODE({}) });
  expect(desk.amount).toBe("20");
  desk.amount = "";
});

test("a scan while Pay cannot be seen is sent nowhere and says so; on Orders it comes back to selling", async () => {
  till.apply(shown({ stage: "pay", pay }));
  desk.go("takings");
  await scan("6928804011142", 500);
  await rest();
  expect(sent).toEqual([]);
  expect(desk.toast?.text).toBe(till.words.frame.scan_while.paying);
  till.apply(shown({ stage: "sell" }));
  desk.go("orders");
  await scan("6928804011142", 500);
  await rest();
  expect(commands()).toEqual(["basket.enter"]);
  expect(desk.screen).toBe("sell");
});

test("a burst of Enters after a scan neither pays nor takes cash", async () => {
  till.apply(filled());
  await scan("6928804011142", 500);
  for (let i = 0; i < 10; i += 1) await key("Enter", 7);
  await rest();
  expect(commands()).toEqual(["basket.enter"]);
});

test("what a hand types on Paid begins the next sale and stays in its box", async () => {
  document.body.innerHTML = "";
  till.apply(shown({ stage: "paid" }));
  await key("3", 500);
  await rest();
  expect(commands()).toEqual(["pay.next"]);
  expect(desk.text).toBe("3");
  await scan("6928804011142", 500);
});

const owing = (due_minor: number): TillState =>
  shown({ stage: "pay", pay: { ...pay, due_minor, open_minor: due_minor, total_minor: 12_000, can_go_back: due_minor === 12_000 } });
const paid_minors = () => sent.map((s) => [s.cmd, s.payload.received_yuan ?? s.payload.yuan, s.payload.expected_open_minor]);

/** On Pay with 120 due and 50 typed; every payment takes 50. */
function half_a_payment(answer_ms: number): void {
  till.apply(owing(12_000));
  desk.amount = "50";
  answer = () => new Promise((resolve) => setTimeout(() => resolve(owing(7_000)), answer_ms));
}

test.each(["F1", "Enter"])("%s pressed again after part of the money was taken neither takes the rest nor asks for it", async (again) => {
  half_a_payment(0);
  await key(again, 1000);
  await key(again, 150);
  await key(again, 250);
  expect(paid_minors()).toEqual([["pay.cash", "50", 12_000]]);
  await key("F1", 310);
  await rest();
  expect(paid_minors().slice(1)).toEqual([["pay.cash", "", 7_000]]);
});

test("another key right after part of the money was taken means what it says", async () => {
  half_a_payment(0);
  await key("F1", 1000);
  await key("F3", 120);
  await rest();
  expect(paid_minors()).toEqual([["pay.cash", "50", 12_000], ["pay.code", "", 7_000]]);
});

test("a second press before the answer says what it was meant for, and the till's no is told", async () => {
  half_a_payment(200);
  const changed = { code: "OPEN_CHANGED" as const, class: "refused" as const, params: { due: "70.00" }, reference: null };
  await key("F1", 1000);
  answer = () => Promise.reject(new ProblemError(changed));
  await key("F1", 100);
  await rest();
  expect(paid_minors()).toEqual([["pay.cash", "50", 12_000], ["pay.cash", "50", 12_000]]);
  expect(desk.toast).toEqual({ kind: "problem", text: till.words.problems.OPEN_CHANGED({ due: "70.00" }) });
});

test("the function keys of the counter are kept from the browser, bound or not", async () => {
  till.apply(shown());
  for (const name of ["F1", "F2", "F3", "F5", "F6", "F7", "F10", "F11", "F12"]) {
    const event = new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    expect(event.defaultPrevented, name).toBe(true);
  }
  desk.overlay = null;
  desk.go("sell");
});
