import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { guard_presses, SEEN_MS_MIN } from "./press_guard";

type Frame = (at_ms: number) => void;
let now_ms = 10_000;
let frames: Frame[] = [];
let stop: () => void;
const pressed: string[] = [];

beforeEach(() => {
  document.body.innerHTML = "";
  frames = [];
  pressed.length = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now_ms);
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((frame) => frames.push(frame));
  stop = guard_presses(window);
});

afterEach(() => {
  stop();
  vi.restoreAllMocks();
});

/** A control a hundred wide and fifty high. */
function control(text: string, top: number, tag = "button"): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.addEventListener("click", () => pressed.push(made.textContent ?? ""));
  document.body.append(made);
  put(made, top);
  return made;
}

function put(element: Element, top: number): void {
  element.getBoundingClientRect = () => ({ left: 0, right: 100, top, bottom: top + 50 }) as DOMRect;
  // The page moves things by classes and styles; any of them is a change that is heard.
  element.setAttribute("style", `top: ${top}px`);
}

/** Whatever changed is heard and drawn, and then this much time goes by. */
async function drawn(then_ms: number): Promise<void> {
  await Promise.resolve();
  for (const frame of frames.splice(0)) frame(now_ms);
  now_ms += then_ms;
}

function down(on: Element, y: number): void {
  const event = new MouseEvent("pointerdown", { bubbles: true, clientX: 50, clientY: y });
  Object.defineProperty(event, "timeStamp", { value: now_ms });
  on.dispatchEvent(event);
}

function up(on: Element): void {
  on.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 }));
}

function tap(on: Element, y: number): void {
  down(on, y);
  up(on);
}

test("a button that has just appeared under the finger is not pressed, and a moment later it is", async () => {
  const pay = control("pay", 0);
  tap(pay, 25);
  await drawn(SEEN_MS_MIN - 1);
  tap(pay, 25);
  expect(pressed).toEqual([]);
  now_ms += 1;
  tap(pay, 25);
  expect(pressed).toEqual(["pay"]);
});

test("a button that has just moved under the finger is not pressed; where it stood before too, it is", async () => {
  const give_up = control("give up", 0);
  await drawn(500);
  put(give_up, 40);
  await drawn(50);
  tap(give_up, 80);
  expect(pressed).toEqual([]);
  tap(give_up, 45);
  expect(pressed).toEqual(["give up"]);
  now_ms += SEEN_MS_MIN;
  tap(give_up, 80);
  expect(pressed).toEqual(["give up", "give up"]);
});

test("a button that has just come to mean something else is not pressed, neither before nor during the press", async () => {
  const next = control("ask again", 0);
  await drawn(500);
  next.textContent = "take cash";
  await drawn(SEEN_MS_MIN - 1);
  tap(next, 25);
  now_ms += SEEN_MS_MIN;
  down(next, 25);
  next.textContent = "give up";
  up(next);
  expect(pressed).toEqual([]);
});

test("what only reports may change: a tile tapped quickly counts every tap", async () => {
  const tile = control("", 0);
  tile.innerHTML = "cola <span data-only-says>×1</span>";
  await drawn(500);
  for (let taps = 2; taps < 6; taps += 1) {
    tap(tile, 25);
    tile.querySelector("span")!.textContent = `×${taps}`;
    await drawn(60);
  }
  expect(pressed.length).toBe(4);
});

test("a key's press is none of a finger's, and what moved unnoticed is pressed as ever", async () => {
  const fresh = control("by key", 0);
  fresh.click();
  const moved = control("unnoticed", 100);
  await drawn(500);
  moved.getBoundingClientRect = () => ({ left: 0, right: 100, top: 400, bottom: 450 }) as DOMRect;
  tap(moved, 425);
  expect(pressed).toEqual(["by key", "unnoticed"]);
});

test("a basket's line is chosen where it stood, whatever its amounts become", async () => {
  const line = control("2 × 7.00", 0, "li");
  line.dataset.onlySays = "";
  await drawn(500);
  line.textContent = "3 × 10.50";
  await drawn(10);
  tap(line, 25);
  put(line, 100);
  await drawn(10);
  tap(line, 125);
  expect(pressed).toEqual(["3 × 10.50"]);
});
