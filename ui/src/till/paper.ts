/** The acts of paper: asking for one, and looking at what has not come out. */
import type { TillState } from "../generated/TillState";
import { change } from "./commands";
import { desk } from "./desk.svelte";
import { till } from "./till.svelte";

/** The till has it on its list when this returns; nobody waits for the paper itself. */
export async function print_paper(ask: Promise<TillState>): Promise<void> {
  await change(ask);
  desk.say(till.words.print.asked);
}

/** The sheet lies on the counter's page, from wherever it is asked for. */
export function show_papers(): void {
  desk.go("sell");
  desk.open_sheet("print");
}
