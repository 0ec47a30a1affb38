/**
 * Sends what a person asked for, in order, and puts the answer on screen.
 *
 * Every change goes through the one queue here. A no of the till becomes a sentence; a till that does not
 * answer becomes the calm page that waits for it.
 */
import type { Problem } from "../generated/Problem";
import type { TillState } from "../generated/TillState";
import { LinkError, ProblemError, rpc } from "../platform";
import { desk } from "./desk.svelte";
import { Queue } from "./queue";
import { till } from "./till.svelte";

export const queue = new Queue(() => performance.now());

/** Runs work in its turn and shows what went wrong, if something did. */
export async function in_turn(work: () => Promise<void>): Promise<void> {
  await queue.run(async () => {
    try {
      await work();
    } catch (error) {
      failed(error);
    }
  });
}

/** Shows what went wrong. Anything but a no or a silence is a fault of this page and is thrown on. */
export function failed(error: unknown): void {
  if (error instanceof ProblemError) {
    tell(error.problem);
    return;
  }
  if (error instanceof LinkError) {
    // Whether the program is gone is for the stream of states to say; here one answer is missing.
    if (error.link === "denied") till.linked("denied");
    else desk.say(till.words.frame.lost, "problem");
    return;
  }
  throw error;
}

/** Puts a no where it is read: a fault stays, anything else until the next action. */
export function tell(problem: Problem): void {
  const sentence = till.words.problems[problem.code](problem.params);
  switch (problem.class) {
    case "fault":
      desk.fault = problem;
      return;
    case "refused":
    case "retryable":
      desk.say(sentence, "problem");
  }
}

/** A command that is answered with the whole state. */
export async function change(ask: Promise<TillState>): Promise<void> {
  till.apply(await ask);
}

/** Puts a scanned or typed text into the basket; the newest line is selected. */
export async function enter(text: string, by: "hand" | "scan"): Promise<void> {
  const entered = await rpc("basket.enter", { text, by });
  till.apply(entered.state);
  if (entered.line_id !== null) desk.line_id = entered.line_id;
  if (entered.problem === null) return;
  tell(entered.problem);
  if (by === "hand" && desk.text === "") desk.text = text;
}
