import { expect, test } from "vitest";
import { PACE, QUIET, next_tick_at, press, tick, type Meaning, type Press, type Stream } from "./stream";

/** Plays presses and lets time pass between them as the page would. */
class Keyboard {
  stream: Stream = QUIET;
  now_ms = 10_000;
  field = "";
  kept = "";
  heard: Meaning[] = [];
  bound = (key: string) => key !== "F2";

  wait(ms: number): this {
    const until = this.now_ms + ms;
    for (let due = next_tick_at(this.stream); due !== null && due <= until; due = next_tick_at(this.stream)) {
      const step = tick(this.stream, due);
      this.stream = step.stream;
      this.hear(step.meanings);
    }
    this.now_ms = until;
    return this;
  }

  key(key: string, gap_ms: number, more: Partial<Press> = {}): this {
    this.wait(gap_ms);
    const at = { key, at_ms: this.now_ms, handled_at_ms: this.now_ms, ctrl: false, foreign: false, repeat: false };
    const step = press(this.stream, { ...at, field_empty: this.field === "", bound: this.bound, ...more });
    this.stream = step.stream;
    this.hear(step.meanings);
    return this;
  }

  type(text: string, gap_ms: number): this {
    for (const key of text) this.key(key, gap_ms);
    return this;
  }

  scan(code: string, gap_ms = 7): this {
    return this.type(code, gap_ms).key("Enter", gap_ms);
  }

  private hear(meanings: Meaning[]) {
    for (const m of meanings) {
      this.heard.push(m);
      if (m.kind === "insert") {
        if (m.begins) this.kept = this.field;
        this.field += m.text;
      }
      if (m.kind === "scan") this.field = this.kept;
    }
  }

  get said(): string[] {
    return this.heard.flatMap((m) => {
      if (m.kind === "scan") return [`scan ${m.text}`];
      if (m.kind === "command") return [m.by_hand ? m.key : `${m.key} fast`];
      return m.kind === "stalled" ? ["stalled"] : [];
    });
  }
}

test("a burst with Enter is one scan, and the field is as it was before it", () => {
  const k = new Keyboard().type("3*", 150).wait(200).scan("6928804011142");
  expect(k.said).toEqual(["scan 6928804011142"]);
  expect(k.field).toBe("3*");
});

test("thirty scans in three seconds are thirty scans in order", () => {
  const codes = Array.from({ length: 30 }, (_, i) => `69288040${String(10000 + i)}`);
  const k = new Keyboard();
  for (const code of codes) k.scan(code, 7);
  expect(k.now_ms - 10_000).toBeLessThanOrEqual(3000);
  expect(k.said).toEqual(codes.map((c) => `scan ${c}`));
  expect(k.field).toBe("");
});

test("no sign inside a scan is a command, wherever it stands", () => {
  for (const code of ["+A99912", "-40-12", "/X/123", "*6928*", "12+34-5/6", "?12345"]) {
    const k = new Keyboard().wait(500).scan(code).wait(500);
    expect(k.said).toEqual([`scan ${code}`]);
  }
});

test("a sign typed by hand on an empty field is a command, once the pause after it has passed", () => {
  for (const sign of ["+", "-", "/", "?"]) {
    const k = new Keyboard().key(sign, 500);
    expect(k.said).toEqual([]);
    expect(k.wait(80).said).toEqual([sign]);
    expect(k.field).toBe("");
  }
});

test("a sign in a filled field, or one the screen has no use for, is text", () => {
  expect(new Keyboard().type("12-", 150).wait(100).field).toBe("12-");
  const unused = new Keyboard();
  unused.bound = () => false;
  expect(unused.key("+", 500).wait(100).field).toBe("+");
});

test("a star is text by hand: the number grammar reads it", () => {
  const k = new Keyboard().type("3*", 120).key("Enter", 300);
  expect(k.field).toBe("3*");
  expect(k.said).toEqual(["Enter"]);
});

test("full-width forms count as plain", () => {
  const k = new Keyboard().key("＋", 500).wait(100).key("３", 200).key("＊", 200);
  expect(k.said).toEqual(["+"]);
  expect(k.field).toBe("3*");
});

test("an Enter within 300 ms of a scan belongs to it, a later one is a hand's", () => {
  const bare = new Keyboard().type("6928804011142", 7).key("Enter", 250);
  expect(bare.said).toEqual(["scan 6928804011142"]);
  expect(new Keyboard().scan("6928804011142").key("Enter", 200).said).toEqual(["scan 6928804011142"]);
  expect(new Keyboard().scan("6928804011142").key("Enter", 301).said).toEqual(["scan 6928804011142", "Enter"]);
});

test("a code without Enter at its end is a scan once it pauses", () => {
  const k = new Keyboard().type("69012345", 10).wait(80);
  expect(k.said).toEqual(["scan 69012345"]);
  expect(k.field).toBe("");
});

test("hurried typing stays text", () => {
  const k = new Keyboard().type("kekoukele", 60).wait(200);
  expect(k.said).toEqual([]);
  expect(k.field).toBe("kekoukele");
});

test("a held key repeats as text and is no scan", () => {
  const k = new Keyboard().key("8", 500);
  for (let i = 0; i < 12; i += 1) k.key("8", 30, { repeat: true });
  k.wait(200);
  expect(k.said).toEqual([]);
  expect(k.field).toBe("8".repeat(13));
});

test("an Enter right after another key confirms nothing", () => {
  expect(new Keyboard().type("50", 200).key("Enter", 40).said).toEqual(["Enter fast"]);
  expect(new Keyboard().key("F1", 500).key("Enter", 30).said).toEqual(["F1", "Enter fast"]);
  expect(new Keyboard().key("Enter", 500).key("Enter", 30, { repeat: true }).said).toEqual(["Enter"]);
});

test("commands pressed during a stall are dropped and said, text is kept", () => {
  const k = new Keyboard();
  const late = { handled_at_ms: k.now_ms + 2000 + PACE.stall_ms_min };
  k.key("1", 500, late).key("2", 150, late).key("Enter", 150, late).key("F1", 150, late).key("Escape", 150, late);
  expect(k.said).toEqual(["stalled", "stalled", "Escape"]);
  expect(k.field).toBe("12");
});

test("a scan made during a stall is still whole", () => {
  const k = new Keyboard();
  for (const key of "6928804011142") k.key(key, 7, { handled_at_ms: k.now_ms + 5000 });
  k.key("Enter", 7, { handled_at_ms: k.now_ms + 5000 });
  expect(k.said).toEqual(["scan 6928804011142"]);
});

test("a late timer does not cut a scan in two", () => {
  let stream = QUIET;
  const at = { ctrl: false, foreign: false, repeat: false, field_empty: true, bound: () => true };
  const play = (key: string, at_ms: number) => {
    const step = press(stream, { ...at, key, at_ms, handled_at_ms: 5000 });
    stream = step.stream;
    return step.meanings;
  };
  [..."692880"].forEach((key, i) => play(key, 1000 + 10 * i));
  const overtaking = tick(stream, 5000);
  expect(overtaking.meanings).toEqual([]);
  stream = overtaking.stream;
  [..."4011142"].forEach((key, i) => play(key, 1060 + 10 * i));
  expect(play("Enter", 1130)).toEqual([{ kind: "scan", text: "6928804011142" }]);
});

test("function keys and chords inside a burst are the scanner's", () => {
  const k = new Keyboard().type("0106", 7).key("F8", 7).key("]", 7, { ctrl: true }).type("17", 7).key("Enter", 7);
  expect(k.said).toEqual(["scan 010617"]);
});

test("editing keys edit when there is text and command when there is none", () => {
  expect(new Keyboard().key("Delete", 500).said).toEqual(["Delete"]);
  expect(new Keyboard().type("12", 150).key("Delete", 300).heard.at(-1)).toEqual({ kind: "native" });
  expect(new Keyboard().key("Backspace", 300).heard).toEqual([{ kind: "native" }]);
  expect(new Keyboard().key("F2", 300).heard).toEqual([{ kind: "native" }]);
  expect(new Keyboard().key("z", 300, { ctrl: true }).said).toEqual(["Ctrl+Z"]);
});
