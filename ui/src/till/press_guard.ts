/**
 * A press of finger or mouse counts for what was there a moment before it: nobody can have meant a button that has
 * only just appeared or moved under the finger, or that has only just come to mean something else.
 *
 * What only reports beside its meaning (`data-only-says`: a count, a state) may change under the finger. Keys have
 * a pace of their own (`keys/stream.ts`). What changed without being noticed here counts as it always did.
 */

/** Shorter than a hand takes from seeing to pressing, longer than a state takes to be drawn. */
export const SEEN_MS_MIN = 120;

const CONTROLS = "button, a[href], label, li[data-only-says]";
/** A sheet rises by this much, and a hand does not aim finer. */
const SLACK_PX = 9;

type Place = { left: number; top: number; right: number; bottom: number };
type Look = { place: Place; says: string; since_ms: number };

/** What each control was, and since when: the newest look last, older ones as long as a press may mean them. */
export class Looks {
  private kept = new Map<Element, Look[]>();

  /** The page as it is now. */
  see(controls: Iterable<Element>, now_ms: number): void {
    const next = new Map<Element, Look[]>();
    for (const control of controls) next.set(control, this.of(control, now_ms));
    this.kept = next;
  }

  /** Whether what is pressed here was here for long enough to be meant. */
  counts(control: Element, x: number, y: number, at_ms: number): boolean {
    const looks = this.kept.get(control);
    if (looks === undefined) return false;
    // It moved and nobody was told, so nobody knows when.
    if (!is_same_place(looks.at(-1)!.place, place_of(control))) return true;
    const then = looks.findLast((look) => at_ms - look.since_ms >= SEEN_MS_MIN);
    return then !== undefined && then.says === says(control) && lies_in(then.place, x, y);
  }

  private of(control: Element, now_ms: number): Look[] {
    const now: Look = { place: place_of(control), says: says(control), since_ms: now_ms };
    const looks = this.kept.get(control) ?? [];
    const last = looks.at(-1);
    if (last !== undefined && last.says === now.says && is_same_place(last.place, now.place)) return looks;
    const needed = looks.findLastIndex((look) => now_ms - look.since_ms >= SEEN_MS_MIN);
    return [...looks.slice(Math.max(0, needed)), now];
  }
}

/** Watches the page and drops presses that cannot have been meant, until stopped. */
export function guard_presses(page: Window & typeof globalThis): () => void {
  const { document } = page;
  const looks = new Looks();
  let due: number | null = null;
  /** Told on the page, for whoever has to see that a press was not taken: it wants to be made again. */
  let dropped = 0;
  let pressed: { control: Element; says: string; counts: boolean } | null = null;
  const see = () => {
    due = null;
    looks.see(document.querySelectorAll(CONTROLS), page.performance.now());
  };
  const changed = () => (due ??= page.requestAnimationFrame(see));
  const down = (event: PointerEvent) => {
    const control = (event.target as Element | null)?.closest(CONTROLS) ?? null;
    pressed = control === null ? null : { control, says: says(control), counts: looks.counts(control, event.clientX, event.clientY, event.timeStamp) };
  };
  const click = (event: MouseEvent) => {
    // A key's click and a label's click for its field have no press of their own.
    if (event.detail === 0 || pressed === null || !pressed.control.contains(event.target as Node)) return;
    if (pressed.counts && pressed.says === says(pressed.control)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    dropped += 1;
    document.documentElement.dataset.dropped = String(dropped);
  };
  const watcher = new page.MutationObserver(changed);
  watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  page.addEventListener("scroll", changed, true);
  page.addEventListener("resize", changed);
  page.addEventListener("pointerdown", down, true);
  page.addEventListener("click", click, true);
  see();
  return () => {
    watcher.disconnect();
    if (due !== null) page.cancelAnimationFrame(due);
    page.removeEventListener("scroll", changed, true);
    page.removeEventListener("resize", changed);
    page.removeEventListener("pointerdown", down, true);
    page.removeEventListener("click", click, true);
  };
}

function place_of(control: Element): Place {
  const { left, top, right, bottom } = control.getBoundingClientRect();
  return { left, top, right, bottom };
}

function is_same_place(a: Place, b: Place): boolean {
  return [a.left - b.left, a.top - b.top, a.right - b.right, a.bottom - b.bottom].every((by) => Math.abs(by) <= SLACK_PX);
}

function lies_in({ left, top, right, bottom }: Place, x: number, y: number): boolean {
  return x >= left - SLACK_PX && x <= right + SLACK_PX && y >= top - SLACK_PX && y <= bottom + SLACK_PX;
}

/** What the control says of its meaning. */
function says(control: Element): string {
  if (control.matches("[data-only-says]")) return "";
  let text = control.textContent ?? "";
  for (const part of control.querySelectorAll("[data-only-says]")) text = text.replace(part.textContent ?? "", "");
  return text;
}
