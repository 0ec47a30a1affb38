/**
 * What a person could not read, reach or see whole on the page that is up. Runs inside the page.
 *
 * Returns one line per finding. Hidden text for screen readers and text that is cut on purpose (an
 * ellipsis) are left out.
 */
export function measure() {
  const found = [];
  const root = document.documentElement;
  const label = (el) => `${el.tagName.toLowerCase()}.${el.className?.baseVal ?? el.className} "${(el.textContent ?? "").trim().slice(0, 30)}"`;
  const hidden = (el) => el.closest(".hidden-text, [inert]") !== null || getComputedStyle(el).visibility === "hidden" || el.getClientRects().length === 0;
  if (root.scrollWidth > root.clientWidth + 1) found.push(`the page is wider than the window: ${root.scrollWidth}`);
  if (root.scrollHeight > root.clientHeight + 1) found.push(`the page is higher than the window: ${root.scrollHeight}`);

  for (const el of document.querySelectorAll("button, a, input")) {
    if (hidden(el) || el.closest("label") !== null || el.type === "password") continue;
    const box = el.getBoundingClientRect();
    if (box.width < 43.5 || box.height < 43.5) found.push(`pressable under 44 px: ${label(el)} ${Math.round(box.width)}×${Math.round(box.height)}`);
    if (el.tagName !== "INPUT" && el.scrollWidth > el.clientWidth + 1 && el.querySelector(".cut") === null) found.push(`wider than itself: ${label(el)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const el = node.parentElement;
    if (el === null || (node.textContent ?? "").trim() === "" || el.closest("script, style") !== null || hidden(el)) continue;
    const style = getComputedStyle(el);
    if (parseFloat(style.fontSize) < 13.9) found.push(`text under 14 px: ${label(el)} ${style.fontSize}`);
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    for (let up = el; up !== null && up !== document.body; up = up.parentElement) {
      const s = getComputedStyle(up);
      if (s.overflowX === "visible" && s.overflowY === "visible") continue;
      const box = up.getBoundingClientRect();
      const scrolls = up.classList.contains("scroll") || s.overflowY === "auto";
      const meant = s.textOverflow === "ellipsis" || scrolls || s.flexWrap === "wrap";
      if (!meant && (text.right > box.right + 1 || text.bottom > box.bottom + 2 || text.left < box.left - 1)) found.push(`clipped: ${label(el)} by ${label(up)}`);
      if (meant) break;
    }
  }
  return found;
}
