/**
 * How the screens talk to the till: `rpc` for one command, `onState` for what is on screen, `lobby` for which
 * till it is.
 *
 * This folder alone knows how commands travel. Which transport carries them is chosen here, once.
 */
import type { RpcSchema } from "../generated/schema";
import type { TillState } from "../generated/TillState";
import { bridge } from "./bridge";
import { desktop, desktop_lobby, is_desktop, open_customer } from "./desktop";
import { settled, type Lobby } from "./lobby";
import { take_token } from "./token";
import type { Command, Link, Transport } from "./transport";

export type { Lobby, LobbyPlace, LobbyState } from "./lobby";
export { LinkError, ProblemError, type Command, type Link } from "./transport";

let chosen: Transport | null = null;
let entered: Lobby | null = null;

function transport(): Transport {
  chosen ??= is_desktop(window) ? desktop() : bridge(take_token(window.location, window.sessionStorage, window.history));
  return chosen;
}

async function is_practice(): Promise<boolean> {
  return (await rpc("state.get", {})).shop.practice;
}

/** The lobby of this page. */
export function lobby(): Lobby {
  entered ??= is_desktop(window) ? desktop_lobby() : settled(is_practice);
  return entered;
}

/** Asks the till for one thing. */
export function rpc<K extends Command>(cmd: K, payload: RpcSchema[K][0]): Promise<RpcSchema[K][1]> {
  return transport().call(cmd, payload);
}

/** Hears every state from now on, never an older one after a newer; returns how to stop. */
export function onState(on_state: (state: TillState) => void, on_link: (link: Link) => void = () => undefined): () => void {
  return transport().listen(on_state, on_link);
}

/** Opens the customer display in a window of its own; in a browser it shares this page's token through the tab's memory. */
export function openCustomer(): void {
  if (is_desktop(window)) open_customer();
  else window.open("customer.html", "suanpan-customer", "popup");
}
