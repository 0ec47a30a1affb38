/**
 * Asks what the text in the box means, one question at a time and always the latest text.
 *
 * Outside the queue of commands: it changes nothing, and a scan must not wait for it.
 */
import { rpc } from "../platform";
import { failed } from "./commands";
import { desk } from "./desk.svelte";

/** Keys that follow each other faster than a hand may be a scan: wait until they rest. */
const HURRIED_WAIT_MS = 80;

let asking = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The text changed. `hurried`: it came in a run of fast keys. */
export function text_changed(hurried: boolean): void {
  desk.candidate = 0;
  desk.list_open = true;
  clearTimeout(timer);
  if (hurried) timer = setTimeout(() => void ask(), HURRIED_WAIT_MS);
  else void ask();
}

async function ask(): Promise<void> {
  const text = desk.text;
  if (asking || desk.price_line !== null || text === desk.preview_of) return;
  if (text === "") {
    desk.preview_of = "";
    desk.preview = null;
    return;
  }
  asking = true;
  try {
    desk.preview = await rpc("basket.preview", { text, line_id: desk.selected?.line_id ?? null });
    desk.preview_of = text;
  } catch (error) {
    failed(error);
  } finally {
    asking = false;
  }
  if (desk.text !== text) await ask();
}
