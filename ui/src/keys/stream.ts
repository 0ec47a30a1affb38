/**
 * Raw key presses in, meanings out: a scan, a command, or text for the field in focus.
 *
 * A scanner is a keyboard that types faster than any hand. What it sends must never be taken for a
 * command, so a key counts as one only when a hand pressed it: with a pause before it, and for the signs
 * that also occur in codes (`+ - / ?`) with a pause after it too. Pure: time comes in with each press, and
 * nothing here knows a screen or the page.
 */
import { plain_form } from "./plain_form";

/** How fast hands and scanners are. Kept together so that a slow scanner can be calibrated for. */
export type Pace = {
  /** A key pressed this long after the one before was pressed by hand. Expert typists stay above it. */
  hand_gap_ms_min: number;
  /** An Enter this soon after a scan belongs to the scan: some scanners send it late. */
  own_enter_ms_max: number;
  /** A burst this long that ends in Enter is a scan; the shortest codes in use have four characters. */
  scan_length_min: number;
  /** Without an Enter at its end a burst must be longer, and faster, to be told from hurried typing. */
  bare_scan_length_min: number;
  bare_scan_gap_ms_mean_max: number;
  /** A press handled this late fell into a stall: the person pressed it for a screen they could not see. */
  stall_ms_min: number;
};

export const PACE: Pace = {
  hand_gap_ms_min: 80,
  own_enter_ms_max: 300,
  scan_length_min: 4,
  bare_scan_length_min: 6,
  bare_scan_gap_ms_mean_max: 35,
  stall_ms_min: 1000,
};

export type Press = {
  /** The key's value as the browser names it: `a`, `＋`, `Enter`, `F3`. */
  key: string;
  /** When it was pressed, and when it is being handled, on one monotonic clock. */
  at_ms: number;
  handled_at_ms: number;
  ctrl: boolean;
  /** Alt or the system key is down: never ours. */
  foreign: boolean;
  /** The keyboard repeats a key that is held down. */
  repeat: boolean;
  /** Whether the field in focus is empty. */
  field_empty: boolean;
  /** Whether the screen has a use for this key as a command right now. */
  bound: (key: string) => boolean;
};

export type Meaning =
  /** Put this into the field; `begins` starts a new run of fast keys, of which a copy of the field is kept. */
  | { kind: "insert"; text: string; begins: boolean }
  /** The run was a scan: put the field back as it was when the run began, and take this text. */
  | { kind: "scan"; text: string }
  /** A key with a meaning of its own. Only an Enter can be not by hand: it then may enter text, never confirm. */
  | { kind: "command"; key: string; by_hand: boolean }
  /** A command was pressed during a stall and is dropped; say so. */
  | { kind: "stalled" }
  /** Nothing; the key is used up. */
  | { kind: "swallow" }
  /** Not ours; the browser does what it does. */
  | { kind: "native" };

type Run = { text: string; began_at_ms: number; last_at_ms: number };

/** What has to be remembered between two presses. */
export type Stream = {
  last_at_ms: number;
  run: Run | null;
  /** A sign that is a command if no fast key follows. */
  held: { key: string; at_ms: number } | null;
  scanned_at_ms: number;
};

export const QUIET: Stream = { last_at_ms: -Infinity, run: null, held: null, scanned_at_ms: -Infinity };

/** Signs that are commands when a hand types them into an empty field, and text otherwise. */
const SIGNS = new Set(["+", "-", "/", "?"]);
const NAMED = new Set(["Enter", "Escape", "Delete", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]);
/** These edit text when there is some. */
const EDIT_WHEN_FILLED = new Set(["Delete", "ArrowLeft", "ArrowRight"]);
const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "NumLock", "AltGraph"]);
/** Characters of codes without an Enter: no scanner sends lower case for a shop's goods. */
const CODE_CHARACTERS = /^[0-9A-Z\-+./ $%*:]+$/;

type Step = { stream: Stream; meanings: Meaning[] };

/** One press. */
export function press(stream: Stream, p: Press, pace: Pace = PACE): Step {
  if (MODIFIERS.has(p.key)) return { stream, meanings: [{ kind: "native" }] };
  const key = plain_form(p.key);
  if (p.foreign) return ended(stream, p, [{ kind: "native" }]);
  if (key === "Enter" || key === "Tab") return terminator(stream, { ...p, key }, pace);
  if (key.length === 1 && !p.ctrl) return character(stream, { ...p, key }, pace);
  return named_key(stream, { ...p, key }, pace);
}

/** Time has passed without a press. Call it at {@link next_tick_at}. */
export function tick(stream: Stream, now_ms: number, pace: Pace = PACE): Step {
  const { held, run } = stream;
  if (held !== null) {
    const waited = now_ms - held.at_ms;
    if (waited < pace.hand_gap_ms_min) return { stream, meanings: [] };
    const freed = { ...stream, held: null, run: null };
    return { stream: freed, meanings: [held_command(held.key, waited, pace)] };
  }
  if (run === null) return { stream, meanings: [] };
  const idle = now_ms - run.last_at_ms;
  if (idle < pace.hand_gap_ms_min) return { stream, meanings: [] };
  // A tick that is itself late may have overtaken presses that were made in time: the next press decides.
  const late = idle >= 3 * pace.hand_gap_ms_min;
  if (late || !is_bare_scan(run, pace)) return { stream: late ? stream : { ...stream, run: null }, meanings: [] };
  return {
    stream: { ...stream, run: null, scanned_at_ms: run.last_at_ms },
    meanings: [{ kind: "scan", text: run.text }],
  };
}

/** When {@link tick} is due, if at all. */
export function next_tick_at(stream: Stream, pace: Pace = PACE): number | null {
  if (stream.held !== null) return stream.held.at_ms + pace.hand_gap_ms_min;
  return stream.run === null ? null : stream.run.last_at_ms + pace.hand_gap_ms_min;
}

function character(stream: Stream, p: Press, pace: Pace): Step {
  const gap = p.at_ms - stream.last_at_ms;
  if (p.repeat) return ended(stream, p, [{ kind: "insert", text: p.key, begins: true }]);
  const fast = gap < pace.hand_gap_ms_min;
  if (stream.held !== null) return after_held(stream, stream.held, p, fast, pace);
  if (!fast && SIGNS.has(p.key) && p.field_empty && p.bound(p.key)) {
    const run = { text: p.key, began_at_ms: p.at_ms, last_at_ms: p.at_ms };
    return { stream: { ...stream, last_at_ms: p.at_ms, run, held: { key: p.key, at_ms: p.at_ms } }, meanings: [{ kind: "swallow" }] };
  }
  const continued = fast && stream.run !== null;
  const run = continued
    ? { ...stream.run!, text: stream.run!.text + p.key, last_at_ms: p.at_ms }
    : { text: p.key, began_at_ms: p.at_ms, last_at_ms: p.at_ms };
  return {
    stream: { ...stream, last_at_ms: p.at_ms, run },
    meanings: [{ kind: "insert", text: p.key, begins: !continued }],
  };
}

/** A key after a held sign: fast, and the sign was the beginning of a scan; slow, and it was a command. */
function after_held(stream: Stream, held: { key: string; at_ms: number }, p: Press, fast: boolean, pace: Pace): Step {
  const freed = { ...stream, held: null };
  if (!fast) {
    const rest = character({ ...freed, run: null }, { ...p, field_empty: true }, pace);
    return { stream: rest.stream, meanings: [held_command(held.key, p.at_ms - held.at_ms, pace), ...rest.meanings] };
  }
  const run = { text: held.key + p.key, began_at_ms: held.at_ms, last_at_ms: p.at_ms };
  return {
    stream: { ...freed, last_at_ms: p.at_ms, run },
    meanings: [{ kind: "insert", text: run.text, begins: true }],
  };
}

function terminator(stream: Stream, p: Press, pace: Pace): Step {
  const gap = p.at_ms - stream.last_at_ms;
  const fast = gap < pace.hand_gap_ms_min;
  const { run } = stream;
  if (fast && run !== null && run.text.length >= pace.scan_length_min) {
    return {
      stream: { ...QUIET, last_at_ms: p.at_ms, scanned_at_ms: p.at_ms },
      meanings: [{ kind: "scan", text: run.text }],
    };
  }
  if (p.at_ms - stream.scanned_at_ms < pace.own_enter_ms_max) return ended(stream, p, [{ kind: "swallow" }]);
  if (p.key === "Tab" || p.ctrl) return ended(stream, p, [{ kind: "native" }]);
  if (p.repeat) return ended(stream, p, [{ kind: "swallow" }]);
  const command: Meaning = late(p, pace) ? { kind: "stalled" } : { kind: "command", key: "Enter", by_hand: !fast };
  return ended(stream, p, [command]);
}

function named_key(stream: Stream, p: Press, pace: Pace): Step {
  const fast = p.at_ms - stream.last_at_ms < pace.hand_gap_ms_min;
  // Some scanners send control characters of a code as function keys or chords.
  if (fast && stream.run !== null && stream.run.text.length > 1) {
    return { stream: { ...stream, last_at_ms: p.at_ms }, meanings: [{ kind: "swallow" }] };
  }
  const key = p.ctrl ? `Ctrl+${p.key.toUpperCase()}` : p.key;
  const ours = p.ctrl || NAMED.has(key) || /^F\d{1,2}$/.test(key);
  const edits = EDIT_WHEN_FILLED.has(key) && !p.field_empty;
  if (!ours || edits || !p.bound(key)) return ended(stream, p, [{ kind: "native" }]);
  if (p.repeat && !key.startsWith("Arrow")) return ended(stream, p, [{ kind: "swallow" }]);
  const harmless = key === "Escape" || key.startsWith("Arrow");
  const command: Meaning = late(p, pace) && !harmless ? { kind: "stalled" } : { kind: "command", key, by_hand: true };
  return ended(stream, p, [command]);
}

/** Ends a run; a sign still held was pressed by hand after all. */
function ended(stream: Stream, p: Press, meanings: Meaning[]): Step {
  const held = stream.held;
  const before: Meaning[] = held === null ? [] : [{ kind: "command", key: held.key, by_hand: true }];
  return {
    stream: { ...stream, last_at_ms: p.at_ms, run: null, held: null },
    meanings: [...before, ...meanings],
  };
}

function held_command(key: string, waited_ms: number, pace: Pace): Meaning {
  return waited_ms >= pace.stall_ms_min ? { kind: "stalled" } : { kind: "command", key, by_hand: true };
}

function late(p: Press, pace: Pace): boolean {
  return p.handled_at_ms - p.at_ms >= pace.stall_ms_min;
}

function is_bare_scan(run: Run, pace: Pace): boolean {
  const length = run.text.length;
  if (length < pace.bare_scan_length_min || !CODE_CHARACTERS.test(run.text)) return false;
  return (run.last_at_ms - run.began_at_ms) / (length - 1) <= pace.bare_scan_gap_ms_mean_max;
}
