/** A till behind a screen under test: what was asked of it, and what it answers. */
import { vi } from "vitest";
import type { RpcSchema } from "../generated/schema";

export type Sent = { cmd: string; payload: unknown };
type Answers = { [C in keyof RpcSchema]?: RpcSchema[C][1] };

export const sent: Sent[] = [];
export const answers: Answers = {};
/** What is refused, and with which error. */
export const refusals: { [C in keyof RpcSchema]?: Error } = {};

/** In place of the real one; an answer that is missing never comes. */
export function rpc(cmd: keyof RpcSchema, payload: unknown): Promise<unknown> {
  sent.push({ cmd, payload });
  const refusal = refusals[cmd];
  if (refusal !== undefined) return Promise.reject(refusal);
  return cmd in answers ? Promise.resolve(answers[cmd]) : new Promise(() => undefined);
}

/** The page has no layout here, so what was scrolled into view is noted. */
export function note_scrolls(): Element[] {
  const scrolled: Element[] = [];
  Element.prototype.scrollIntoView = vi.fn(function (this: Element) {
    scrolled.push(this);
  });
  return scrolled;
}
