/**
 * A walk with the keys: Tab reaches everything that can be pressed, what has the focus shows it, the walk comes
 * round again, and arrows move what they are said to move. The page is left as it was found.
 */
import { wait_until } from "./wait.mjs";

/** A list that has not moved after this does not move. */
const MOVES_WITHIN_MS = 1_000;
/** Beside what is marked a browser stops at lists that scroll, and at a dialog itself. */
const OTHER_STOPS_MAX = 20;

/** Marks what has to be reached; inside the page. */
function mark() {
  const dialog = [...document.querySelectorAll("dialog[open]")].findLast((d) => d.matches(":modal"));
  const scope = dialog ?? document;
  let count = 0;
  for (const el of document.querySelectorAll("[data-walk]")) delete el.dataset.walk;
  const groups = new Set();
  for (const el of scope.querySelectorAll("button, a[href], input, select, textarea, [tabindex='0']")) {
    if (el.getClientRects().length === 0 || getComputedStyle(el).visibility === "hidden" || el.disabled || el.closest("[inert]") !== null) continue;
    // Radios of one name are one stop; arrows go on from there.
    if (el.type === "radio" && el.name !== "" && groups.has(el.name)) continue;
    if (el.type === "radio" && el.name !== "") groups.add(el.name);
    // Rows of one list are one stop too where arrows move between them.
    if (el.tabIndex < 0 && el.matches("[role=option], [role=menuitem], [role=menuitemradio], [role=tab], [role=radio]")) continue;
    // What has a key of its own, written on it, needs no other.
    if (el.tabIndex < 0 && el.querySelector("kbd") !== null) continue;
    el.dataset.walk = String(count);
    count += 1;
  }
  return count;
}

/** Where the focus is and whether it shows; inside the page. */
function here() {
  const el = document.activeElement;
  if (el === null || el === document.body || el === document.documentElement) return { at: null };
  const style = getComputedStyle(el);
  const rings = el.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  // A field may show it at the frame that is drawn around it, a radio at its label.
  const frame = el.closest("label, [data-focus-frame]") ?? el.parentElement;
  const around = frame === null ? null : getComputedStyle(frame);
  const framed = around !== null && el.tagName === "INPUT" && (parseFloat(around.borderTopWidth) >= 2 || around.boxShadow !== "none" || (around.outlineStyle !== "none" && parseFloat(around.outlineWidth) >= 2));
  const box = (el.closest("label") ?? el).getBoundingClientRect();
  const in_sight = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0;
  const radio = el.type === "radio" && el.name !== "" ? document.querySelector(`input[name="${CSS.escape(el.name)}"][data-walk]`)?.dataset.walk : undefined;
  const name = `${el.dataset.testid ?? el.tagName.toLowerCase()} “${(el.textContent || el.getAttribute("aria-label") || el.placeholder || "").trim().slice(0, 30)}”`;
  return { at: el.dataset.walk ?? radio ?? "other", shows: rings || framed, in_sight, name };
}

/** Names of what was not reached; inside the page. */
function unreached(reached) {
  return [...document.querySelectorAll("[data-walk]")]
    .filter((el) => !reached.includes(el.dataset.walk))
    .map((el) => `${el.dataset.testid ?? el.tagName.toLowerCase()} “${(el.textContent || el.getAttribute("aria-label") || "").trim().slice(0, 30)}”`);
}

/** What is chosen on the page, and what has the focus; inside the page. */
function chosen() {
  const marks = "[role=option][aria-selected=true], [aria-current=true], .chosen, .selected";
  const all = [...document.querySelectorAll("*")];
  return [...document.querySelectorAll(marks), document.activeElement].map((el) => all.indexOf(el)).join();
}

/** What up and down are said to move: a list of rows that are chosen, or a cap below; inside the page. */
function movable() {
  const dialog = [...document.querySelectorAll("dialog[open]")].findLast((d) => d.matches(":modal"));
  const scope = dialog ?? document;
  const list = [...scope.querySelectorAll("[role=listbox]")].find((el) => el.getClientRects().length > 0 && el.querySelectorAll("[role=option]").length > 1);
  if (list !== undefined) return `the list “${list.getAttribute("aria-label") ?? ""}”`;
  const cap = scope.querySelector("footer button[tabindex='-1'] kbd [aria-label=ArrowUp], footer button[tabindex='-1'] kbd [aria-label=ArrowDown]");
  const rows = [...scope.querySelectorAll("[aria-selected=true], [aria-current=true], .chosen, .selected")].map((el) => el.closest("li") ?? el);
  const alone = rows.length > 0 && rows.every((row) => row.parentElement.children.length < 2);
  return cap === null || alone ? null : `“${cap.closest("button").textContent.trim()}”`;
}

/** Where everything that scrolls stands and what has the focus; inside the page, until it is put back. */
function remember() {
  window.walk_began = {
    focus: document.activeElement,
    scrolls: [...document.querySelectorAll("*")].filter((el) => el.scrollHeight > el.clientHeight || el.scrollWidth > el.clientWidth).map((el) => [el, el.scrollTop, el.scrollLeft]),
  };
}

function put_back() {
  const { focus, scrolls } = window.walk_began;
  document.activeElement?.blur?.();
  focus?.focus?.({ preventScroll: true });
  for (const [el, top, left] of scrolls) [el.scrollTop, el.scrollLeft] = [top, left];
  for (const el of document.querySelectorAll("[data-walk]")) delete el.dataset.walk;
  delete window.walk_began;
}

/** Tab, from anywhere, until the first stop comes again. */
async function round(page, count, found) {
  const reached = new Set();
  let first = null;
  let last = "";
  for (let step = 0; step < count * 2 + OTHER_STOPS_MAX; step += 1) {
    await page.stroke("Tab");
    const now = await page.call(here);
    if (now.at === null) continue;
    if (now.at !== "other" && now.at === first) return reached;
    if (now.at !== "other") {
      first ??= now.at;
      reached.add(now.at);
    }
    if (!now.shows) found.add(`the focus does not show: ${now.name}`);
    if (!now.in_sight) found.add(`the focus is out of sight: ${now.name}`);
    last = now.name;
  }
  if (count > 0) found.add(`Tab does not come round: it ends at ${last}`);
  return reached;
}

/** Down, or up from the last row, and back again. */
async function arrows(page, found) {
  const what = await page.call(movable);
  if (what === null) return;
  const before = await page.call(chosen);
  const moves = async (key) => {
    await page.press(key);
    return wait_until("it moves", async () => (await page.call(chosen)) !== before, MOVES_WITHIN_MS).catch(() => false);
  };
  for (const [there, back] of [["ArrowDown", "ArrowUp"], ["ArrowUp", "ArrowDown"]]) {
    if (await moves(there)) return page.press(back);
  }
  found.add(`up and down do not move ${what}`);
}

/** Walks the page that is up and gives a line for each thing that is wrong with the walk. */
export async function walk(page) {
  const found = new Set();
  await page.call(remember);
  await arrows(page, found);
  const count = await page.call(mark);
  await page.evaluate("document.activeElement?.blur?.()");
  const reached = await round(page, count, found);
  for (const name of await page.call(unreached, [...reached])) found.add(`Tab does not reach: ${name}`);
  await page.call(put_back);
  return [...found];
}
