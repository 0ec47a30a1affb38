/**
 * The seam between the screens and whatever carries their commands.
 *
 * A transport moves one command and its answer, and tells of new states. It knows neither what a command
 * means nor how a state is shown. The bridge (`bridge.ts`) is one; the desktop window is another.
 */
import type { Problem } from "../generated/Problem";
import type { RpcSchema } from "../generated/schema";
import type { TillState } from "../generated/TillState";

export type Command = keyof RpcSchema;

/** Whether the till program can be reached. `denied`: it answers, but not to this page's token. */
export type Link = "connecting" | "up" | "lost" | "denied";

export interface Transport {
  /** Carries one command. Throws {@link ProblemError} when the till says no, {@link LinkError} when it does not answer. */
  call<K extends Command>(cmd: K, payload: RpcSchema[K][0]): Promise<RpcSchema[K][1]>;
  /** Listens to states and to the link; returns how to stop. */
  listen(on_state: (state: TillState) => void, on_link: (link: Link) => void): () => void;
}

/** The till said no, with a reason from the closed list. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** Nobody answered, or not the till. Says nothing about whether the command was carried out. */
export class LinkError extends Error {
  readonly link: Exclude<Link, "connecting" | "up">;

  constructor(link: "lost" | "denied") {
    super(link);
    this.name = "LinkError";
    this.link = link;
  }
}
