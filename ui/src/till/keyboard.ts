/**
 * The page's side of the keys: hands every press to `keys/stream.ts` and does what comes back.
 *
 * Text goes into the field in focus, else into the page's main field (marked `data-main-field`). A scan
 * takes back what its characters put there and goes where `keys/scan_goes.ts` says.
 */
import { meaning } from "../keys/bindings";
import { scan_goes } from "../keys/scan_goes";
import { QUIET, next_tick_at, press, tick, type Meaning, type Stream } from "../keys/stream";
import { take_payment_code } from "./acts";
import { enter, in_turn } from "./commands";
import { desk } from "./desk.svelte";
import { perform } from "./perform";
import { text_changed } from "./preview";
import { till } from "./till.svelte";

/** Keys that a browser would act on itself, and a cashier presses without meaning the browser. */
const NEVER_THE_BROWSERS = new Set(["F1", "F2", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "/"]);
const TEXT_FIELDS = new Set(["text", "search", "password"]);

type Kept = { field: HTMLInputElement | null; value: string; caret: number };

let stream: Stream = QUIET;
let kept: Kept = { field: null, value: "", caret: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;

/** Listens to the whole page until stopped. */
export function listen_to_keys(): () => void {
  window.addEventListener("keydown", on_key, true);
  window.addEventListener("mousedown", keep_focus, true);
  return () => {
    window.removeEventListener("keydown", on_key, true);
    window.removeEventListener("mousedown", keep_focus, true);
    clearTimeout(timer);
  };
}

/** A pressed button must not take the focus: the next scan's Enter would press it again. */
function keep_focus(event: MouseEvent): void {
  const target = event.target as Element | null;
  if (target?.closest("button, a") != null) event.preventDefault();
}

function on_key(event: KeyboardEvent): void {
  if (event.isComposing || event.key === "Process") return;
  const field = field_in_focus();
  const step = press(stream, {
    key: event.key,
    at_ms: event.timeStamp,
    handled_at_ms: performance.now(),
    ctrl: event.ctrlKey || event.metaKey,
    foreign: event.altKey && !event.ctrlKey,
    repeat: event.repeat,
    field_empty: (field?.value ?? desk.text) === "",
    bound: (key) => desk.situation !== null && meaning(desk.situation, key) !== null,
  });
  if (presses_control(event, step.meanings)) return;
  stream = step.stream;
  if (!step.meanings.every((m) => m.kind === "native") || is_reserved(event, field)) event.preventDefault();
  for (const m of step.meanings) follow(m);
  await_rest();
}

/** Enter or Space, by hand, on a control that was reached by Tab: that control is meant. */
function presses_control(event: KeyboardEvent, meanings: Meaning[]): boolean {
  if (event.key !== "Enter" && event.key !== " ") return false;
  const control = document.activeElement;
  if (!(control instanceof HTMLButtonElement || control instanceof HTMLAnchorElement)) return false;
  const by_hand = meanings.some((m) => (m.kind === "command" && m.by_hand) || (m.kind === "insert" && m.begins));
  return by_hand && control.matches(":focus-visible");
}

function is_reserved(event: KeyboardEvent, field: HTMLInputElement | null): boolean {
  if (NEVER_THE_BROWSERS.has(event.key)) return true;
  if (event.key === "Backspace") return field === null;
  return event.ctrlKey && event.key.toLowerCase() === "p";
}

/** Lets the stream decide once the keys rest. */
function await_rest(): void {
  clearTimeout(timer);
  const due = next_tick_at(stream);
  if (due === null) return;
  timer = setTimeout(() => {
    const step = tick(stream, performance.now());
    stream = step.stream;
    for (const m of step.meanings) follow(m);
    if (step.meanings.length === 0) typed_on_paid();
  }, Math.max(0, due - performance.now()) + 1);
}

function follow(m: Meaning): void {
  switch (m.kind) {
    case "insert":
      return insert(m.text, m.begins);
    case "scan":
      return scanned(m.text);
    case "command":
      return command(m.key, m.by_hand);
    case "stalled":
      return desk.say(till.words.frame.stalled);
    case "swallow":
    case "native":
      return;
  }
}

function command(key: string, by_hand: boolean): void {
  const { situation } = desk;
  const intent = situation === null ? null : meaning(situation, key);
  if (intent === null) return;
  // An Enter that came too fast for a hand may still end a text, but it confirms nothing.
  if (!by_hand && !["enter", "add", "set_quantity"].includes(intent.do)) return;
  perform(intent, key);
}

function scanned(text: string): void {
  put_back();
  const { situation } = desk;
  if (situation === null) return;
  const goes = scan_goes(situation, text);
  switch (goes.to) {
    case "basket":
      desk.go("sell");
      desk.clear_box();
      // What was wrong with the scan before this one stays readable for its time.
      if (desk.toast?.kind !== "problem") desk.quiet();
      void in_turn(() => enter(goes.text, "scan"));
      return;
    case "search":
      desk.order_search = goes.text;
      return;
    case "payment":
      return take_payment_code(goes.text);
    case "nowhere":
      desk.say(till.words.frame.scan_while[goes.because]);
  }
}

/** On Paid there is no box; what a hand types there begins the next sale, and waits for its box. */
function typed_on_paid(): void {
  if (desk.text !== "" && till.state?.stage === "paid" && desk.screen === "sell") perform({ do: "next_sale" });
}

function field_in_focus(): HTMLInputElement | null {
  const focused = document.activeElement;
  if (focused instanceof HTMLInputElement && TEXT_FIELDS.has(focused.type)) return focused;
  const within = document.querySelector("dialog[open]") ?? document;
  return within.querySelector<HTMLInputElement>("[data-main-field]");
}

function insert(text: string, begins: boolean): void {
  const field = field_in_focus();
  if (begins) kept = { field, value: field?.value ?? desk.text, caret: field?.selectionStart ?? 0 };
  if (field === null) {
    if (till.state?.stage === "paid" && desk.screen === "sell" && desk.overlay === null) desk.text += text;
    return;
  }
  if (document.activeElement !== field) field.focus();
  const end = field.value.length;
  field.setRangeText(text, field.selectionStart ?? end, field.selectionEnd ?? end, "end");
  changed(field, !begins);
}

/** Puts the field back as it was before the scan's first character. */
function put_back(): void {
  const { field, value, caret } = kept;
  if (field === null || !field.isConnected) {
    desk.text = value;
    return;
  }
  field.value = value;
  field.setSelectionRange(caret, caret);
  changed(field, true);
}

function changed(field: HTMLInputElement, hurried: boolean): void {
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  if (field.dataset.mainField === "box") text_changed(hurried);
}
