/**
 * The desktop window's end: commands go to the shell by its one command, states and the lobby come as events.
 *
 * Not here: what is done with a state. No token: the shell answers only the pages it was built with.
 */
import { invoke } from "@tauri-apps/api/core";
import { listen as hear } from "@tauri-apps/api/event";
import type { Problem } from "../generated/Problem";
import type { RpcSchema } from "../generated/schema";
import type { TillState } from "../generated/TillState";
import type { Lobby, LobbyState } from "./lobby";
import { LinkError, ProblemError, type Command, type Link, type Transport } from "./transport";

/** The shell's answers to a command; `null` while no till is open. */
type Answer<A> = { ok: A } | { problem: Problem } | null;

/** Whether this page runs in the desktop window. */
export function is_desktop(page: object): boolean {
  return "__TAURI_INTERNALS__" in page;
}

async function call<K extends Command>(cmd: K, payload: RpcSchema[K][0]): Promise<RpcSchema[K][1]> {
  let answer: Answer<RpcSchema[K][1]>;
  try {
    answer = await invoke<Answer<RpcSchema[K][1]>>("rpc", { command: { cmd, payload } });
  } catch {
    throw new LinkError("lost");
  }
  if (answer === null) throw new LinkError("lost");
  if ("problem" in answer) throw new ProblemError(answer.problem);
  return answer.ok;
}

/**
 * Hears an event from now on, and before its first one the present value, which a page that loads late would
 * otherwise never see. An answer that an event has overtaken is dropped.
 */
function follow<T>(event: string, present: () => Promise<T>, take: (value: T) => void): () => void {
  let stopped = false;
  let overtaken = false;
  const hearing = hear<T>(event, ({ payload }) => {
    overtaken = true;
    if (!stopped) take(payload);
  });
  const begin = async () => {
    await hearing;
    const value = await present();
    if (!stopped && !overtaken) take(value);
  };
  // What cannot be had now comes with the next event.
  begin().catch(() => undefined);
  return () => {
    stopped = true;
    hearing.then((stop) => stop()).catch(() => undefined);
  };
}

function listen(on_state: (state: TillState) => void, on_link: (link: Link) => void): () => void {
  const present = (): Promise<TillState | null> => call("state.get", {}).catch(() => null);
  return follow<TillState | null>("till", present, (state) => {
    if (state === null) {
      on_link("connecting");
      return;
    }
    on_state(state);
    on_link("up");
  });
}

/** Commands and states through the shell. */
export function desktop(): Transport {
  return { call, listen };
}

function ask(cmd: string, payload: Record<string, string> = {}): Promise<LobbyState> {
  return invoke<LobbyState>("lobby", { wish: { cmd, payload } });
}

/** The lobby of the window. */
export function desktop_lobby(): Lobby {
  const get = () => ask("lobby.get");
  return {
    get,
    practice: () => ask("lobby.practice"),
    connect: (line) => ask("lobby.connect", { line }),
    leave_practice: () => ask("lobby.leave_practice"),
    listen: (on_lobby) => follow<LobbyState>("lobby", get, on_lobby),
  };
}

/** Opens the customer display as a window of its own. */
export function open_customer(): void {
  // Without a window system's leave there is no window; the till goes on.
  invoke("customer_open").catch(() => undefined);
}
