/** Waiting with a deadline. */

/** What a busy two-core machine does at the latest when nothing is wrong. */
const SOON_MS = 30_000;
const LOOK_EVERY_MS = 30;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks again and again until there is something to see, and gives it. */
export async function wait_until(what, look, within_ms = SOON_MS) {
  const until = performance.now() + within_ms;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen;
    if (performance.now() > until) throw new Error(`not within ${within_ms} ms: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
