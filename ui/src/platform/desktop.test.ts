import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TillState } from "../generated/TillState";
import { desktop, desktop_lobby, is_desktop } from "./desktop";
import { settled } from "./lobby";
import { LinkError, ProblemError } from "./transport";

type Ask = (cmd: string, args: unknown) => unknown;
type Heard = (event: { payload: unknown }) => void;

const heard = vi.hoisted(() => new Map<string, (event: { payload: unknown }) => void>());
const asked = vi.hoisted(() => ({ answer: (() => null) as (cmd: string, args: unknown) => unknown }));

vi.mock("@tauri-apps/api/core", () => ({
  invoke: (cmd: string, args: unknown) => Promise.resolve().then(() => asked.answer(cmd, args)),
}));
vi.mock("@tauri-apps/api/event", () => ({
  listen: (event: string, take: Heard) => {
    heard.set(event, take);
    return Promise.resolve(() => heard.delete(event));
  },
}));

const answering = (answer: Ask) => (asked.answer = answer);
const tell = (event: string, payload: unknown) => heard.get(event)?.({ payload });
const state = (revision: number) => ({ revision }) as TillState;

beforeEach(() => heard.clear());
afterEach(() => answering(() => null));

test("the window is known by what the shell puts into its page", () => {
  expect(is_desktop({ __TAURI_INTERNALS__: {} })).toBe(true);
  expect(is_desktop(window)).toBe(false);
});

test("a command travels in the one rpc command; a no is thrown with its code, no till as a lost link", async () => {
  const problem = { code: "BASKET_EMPTY", class: "refused", params: {}, reference: null };
  const said: unknown[] = [];
  answering((cmd, args) => {
    said.push([cmd, args]);
    return { problem };
  });
  const refused = await desktop().call("pay.begin", {}).catch((e: unknown) => e);
  expect(said).toEqual([["rpc", { command: { cmd: "pay.begin", payload: {} } }]]);
  expect((refused as ProblemError).problem.code).toBe("BASKET_EMPTY");
  answering(() => null);
  await expect(desktop().call("pay.begin", {})).rejects.toBeInstanceOf(LinkError);
});

test("a page that loads late gets the present state, and never an older one after a newer", async () => {
  const shown: (TillState | string)[] = [];
  let release: (answer: unknown) => void = () => undefined;
  answering(() => new Promise((resolve) => (release = resolve)));
  const stop = desktop().listen((s) => shown.push(s), (link) => shown.push(link));
  await vi.waitFor(() => expect(heard.has("till")).toBe(true));
  await Promise.resolve();
  tell("till", state(8));
  release({ ok: state(7) });
  await vi.waitFor(() => expect(shown).toEqual([state(8), "up"]));
  tell("till", null);
  expect(shown.at(-1)).toBe("connecting");
  stop();
  tell("till", state(9));
  expect(shown).not.toContainEqual(state(9));
});

test("wishes of the lobby travel in its own command", async () => {
  const practice = { at: "practice", problem: null, can_leave_practice: true };
  const said: unknown[] = [];
  answering((cmd, args) => {
    said.push([cmd, args]);
    return practice;
  });
  expect(await desktop_lobby().connect("a#b")).toEqual(practice);
  expect(said).toEqual([["lobby", { wish: { cmd: "lobby.connect", payload: { line: "a#b" } } }]]);
});

test("a page in a browser has one answer and nothing to choose", async () => {
  const lobby = settled(() => Promise.resolve(true));
  expect(await lobby.leave_practice()).toEqual({ at: "practice", problem: null, can_leave_practice: false });
});
