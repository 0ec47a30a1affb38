/**
 * A walk with the Tab key: everything that can be pressed is reached, what has the focus shows it, and the
 * walk comes round again.
 */

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

/** Walks the page that is up and gives a line for each thing that is wrong with the walk. */
export async function walk(page) {
  const count = await page.call(mark);
  const found = new Set();
  const reached = new Set();
  const before = await page.evaluate("(document.activeElement?.blur?.(), true)");
  if (!before) return ["the page has no focus to begin with"];
  let rounds = 0;
  for (let step = 0; step < count * 2 + 12 && reached.size < count && rounds < 3; step += 1) {
    await page.stroke("Tab");
    const now = await page.call(here);
    if (now.at === null) {
      rounds += 1;
      continue;
    }
    if (now.at !== "other") reached.add(now.at);
    if (!now.shows) found.add(`the focus does not show: ${now.name}`);
    if (!now.in_sight) found.add(`the focus is out of sight: ${now.name}`);
  }
  for (const name of await page.call(unreached, [...reached])) found.add(`Tab does not reach: ${name}`);
  await page.evaluate(`(document.activeElement?.blur?.(), document.querySelector("dialog[open] [data-main-field], [data-main-field]")?.focus(), true)`);
  return [...found];
}
