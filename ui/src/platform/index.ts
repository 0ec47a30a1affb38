/**
 * How the screens talk to the till: `rpc` for one command, `onState` for what is on screen.
 *
 * This folder alone knows how commands travel. Which transport carries them is chosen here, once.
 */
import type { RpcSchema } from "../generated/schema";
import type { TillState } from "../generated/TillState";
import { bridge } from "./bridge";
import { take_token } from "./token";
import type { Command, Link, Transport } from "./transport";

export { LinkError, ProblemError, type Command, type Link } from "./transport";

let chosen: Transport | null = null;

function transport(): Transport {
  chosen ??= bridge(take_token(window.location, window.sessionStorage, window.history));
  return chosen;
}

/** Asks the till for one thing. */
export function rpc<K extends Command>(cmd: K, payload: RpcSchema[K][0]): Promise<RpcSchema[K][1]> {
  return transport().call(cmd, payload);
}

/** Hears every state from now on, never an older one after a newer; returns how to stop. */
export function onState(on_state: (state: TillState) => void, on_link: (link: Link) => void = () => undefined): () => void {
  return transport().listen(on_state, on_link);
}

/** Opens the customer display in a window of its own; it shares this page's token through the tab's memory. */
export function openCustomer(): void {
  window.open("customer.html", "suanpan-customer", "popup");
}
