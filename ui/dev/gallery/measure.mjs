/**
 * What a person could not read, reach or see whole on the page that is up. Runs inside the page, whole in one
 * function, and gives one line per finding.
 *
 * `zoomed`: the window is half as wide, things lie below each other and the page scrolls; everything has to
 * be reachable by scrolling then. Left out: text for screen readers, what lies behind an open dialog, and names
 * (`data-name`), which alone may be cut.
 */
export function measure(zoomed) {
  const CONTRAST_MIN = 4.5;
  const TEXT_PX_MIN = 13.9;
  const PRESSED_PX_MIN = 43.5;
  /** What may lie over other things; only a dialog and the menu may over what has a fixed place. */
  const FLOATS = ".toast, .sheet, .list, .menu, .more, .fault, dialog, [role=menu], [role=listbox], [data-testid=sheet], [data-testid=candidates], [data-floats]";
  const FIXED = "[data-testid=box], [data-testid=preview], [data-testid=total], [data-testid=pay], [data-testid=next-key]";
  const found = new Set();
  const root = document.documentElement;
  const dialog = [...document.querySelectorAll("dialog[open]")].findLast((d) => d.matches(":modal"));
  const scope = dialog ?? document.body;

  const words = (el) => (el.textContent ?? "").trim().replace(/\s+/gu, " ").slice(0, 32);
  const label = (el) => `${el.dataset?.testid ?? el.tagName.toLowerCase()} “${words(el) || el.getAttribute?.("aria-label") || ""}”`;
  const is_hidden = (el) => el.closest(".hidden-text, [inert], [aria-hidden=true]") !== null || getComputedStyle(el).visibility === "hidden" || el.getClientRects().length === 0;

  // Colours: the browser's own answer, whichever way a colour was written.
  const dot = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  function rgba(text) {
    let value = known.get(text);
    if (value === undefined) {
      dot.clearRect(0, 0, 1, 1);
      dot.fillStyle = text;
      dot.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = dot.getImageData(0, 0, 1, 1).data;
      value = [r, g, b, a / 255];
      known.set(text, value);
    }
    return value;
  }
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  function ground(el) {
    const layers = [];
    for (let up = el; up !== null; up = up.parentElement) {
      const layer = rgba(getComputedStyle(up).backgroundColor);
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  }
  function light([r, g, b]) {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  }
  function contrast(el, colour) {
    const back = ground(el);
    let front = rgba(colour);
    for (let up = el; up !== null; up = up.parentElement) front = [...front.slice(0, 3), front[3] * Number(getComputedStyle(up).opacity)];
    const [a, b] = [light(over(front, back)), light(back)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }
  function readable(el, style, what) {
    if (parseFloat(style.fontSize) < TEXT_PX_MIN) found.add(`text under 14 px: ${what} ${style.fontSize}`);
    const ratio = contrast(el, style.color);
    if (ratio < CONTRAST_MIN) found.add(`contrast ${ratio.toFixed(2)}: ${what}`);
  }

  /** Whether the box is cut by something that cannot be scrolled to show it. */
  function cut(el, box, what) {
    for (let up = el; up !== null && up !== document.body; up = up.parentElement) {
      if (up.matches("[data-name]")) return;
      const s = getComputedStyle(up);
      if (s.overflowX === "visible" && s.overflowY === "visible") continue;
      const b = up.getBoundingClientRect();
      // A row of chips shows as many as fit; the rest is a line below that nobody sees half of.
      if (s.flexWrap === "wrap" && box.top > b.bottom - 1) return;
      const across = s.overflowX !== "auto" && s.overflowX !== "scroll" && (box.right > b.right + 1.5 || box.left < b.left - 1.5);
      const down = s.overflowY !== "auto" && s.overflowY !== "scroll" && (box.bottom > b.bottom + 2 || box.top < b.top - 2);
      if (across || down) return void found.add(`clipped: ${what} by ${label(up)}`);
      if (s.overflowY === "auto" || s.overflowY === "scroll") return;
    }
  }

  /** The part of a box that is not cut on purpose. */
  function shown_part(el, box) {
    let { left, top, right, bottom } = box;
    for (let up = el; up !== null && up !== document.body; up = up.parentElement) {
      const s = getComputedStyle(up);
      if (s.textOverflow !== "ellipsis" && s.webkitLineClamp === "none") continue;
      const b = up.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, b.left), Math.max(top, b.top), Math.min(right, b.right), Math.min(bottom, b.bottom)];
    }
    return { left, top, width: right - left, height: bottom - top };
  }

  /** Whether the point lies outside of what is shown of a list that scrolls. */
  function is_scrolled_away(el, x, y) {
    for (let up = el.parentElement; up !== null; up = up.parentElement) {
      const s = getComputedStyle(up);
      const scrolls = [s.overflowX, s.overflowY].some((flow) => flow === "auto" || flow === "scroll");
      if (!scrolls && !(s.overflowY === "hidden" && s.flexWrap === "wrap")) continue;
      const b = up.getBoundingClientRect();
      if (x < b.left || x > b.right || y < b.top || y > b.bottom) return true;
    }
    return false;
  }

  /** Whether something else lies where this is drawn. */
  function covered(el, box, what) {
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) {
      if (zoomed) found.add(`cannot be scrolled to: ${what}`);
      return;
    }
    const top = document.elementFromPoint(x, y);
    if (top === null || el.contains(top) || top.contains(el)) return;
    if (top.tagName === "INPUT" && top.closest("label")?.contains(el)) return;
    if (top.closest(FLOATS) !== null && el.closest(FLOATS) !== top.closest(FLOATS)) {
      if (!zoomed && el.closest(FIXED) !== null && top.closest("dialog, .menu") === null) found.add(`covers a fixed place: ${label(top)} over ${what}`);
      return;
    }
    if (!zoomed && is_scrolled_away(el, x, y)) return;
    found.add(`covered: ${what} by ${label(top)}`);
  }

  /** What an empty field suggests cannot be scrolled to; the browser does not say how wide it is. */
  function hints() {
    const pen = document.createElement("canvas").getContext("2d");
    for (const field of document.querySelectorAll("input[placeholder]")) {
      if (field.value !== "" || field.getClientRects().length === 0) continue;
      const style = getComputedStyle(field);
      pen.font = style.font;
      const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (pen.measureText(field.placeholder).width > room + 1) found.add(`clipped: the hint “${field.placeholder}”`);
    }
  }

  function page() {
    if (root.scrollWidth > root.clientWidth + 1) {
      const outside = [...document.querySelectorAll("body *")].filter((el) => el.getBoundingClientRect().right > root.clientWidth + 1);
      const innermost = outside.filter((el) => !outside.some((other) => other !== el && el.contains(other)));
      found.add(`the page is wider than the window: ${root.scrollWidth} px, by ${innermost.slice(0, 2).map(label).join(" and ")}`);
    }
    if (!zoomed && root.scrollHeight > root.clientHeight + 1) found.add(`the page is higher than the window: ${root.scrollHeight} px`);
  }
  function pressables() {
    for (const el of scope.querySelectorAll("button, a[href], input, [tabindex='0']")) {
      if (is_hidden(el)) continue;
      const owner = el.closest("label") ?? el;
      if (zoomed) owner.scrollIntoView({ block: "center", inline: "center" });
      const box = owner.getBoundingClientRect();
      const small = el.matches("button, a, input") && (box.width < PRESSED_PX_MIN || box.height < PRESSED_PX_MIN);
      if (small) found.add(`pressable under 44 px: ${label(owner)} ${Math.round(box.width)}×${Math.round(box.height)}`);
      if (el.tagName === "BUTTON" && el.scrollWidth > el.clientWidth + 1 && el.querySelector("[data-name]") === null) found.add(`wider than itself: ${label(el)}`);
      cut(owner, box, label(owner));
      covered(owner, box, label(owner));
    }
    for (const el of scope.querySelectorAll("input")) {
      if (is_hidden(el) || el.type === "radio" || el.type === "checkbox") continue;
      // A field that is drawn in boxes of its own lets nothing be seen of itself.
      if (getComputedStyle(el).opacity === "0") continue;
      readable(el, getComputedStyle(el), label(el));
      if (el.value === "" && el.placeholder !== "") readable(el, getComputedStyle(el, "::placeholder"), `placeholder of ${label(el)}`);
    }
    // A finger finds it and a keyboard does not.
    for (const el of scope.querySelectorAll("div, span, li, p, section, tr, td")) {
      const own = getComputedStyle(el).cursor === "pointer" && (el.parentElement === null || getComputedStyle(el.parentElement).cursor !== "pointer");
      if (own && !is_hidden(el) && el.closest("button, a, label, input, [tabindex]") === null) found.add(`pressable without a key: ${label(el)}`);
    }
  }
  function texts() {
    const walk = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
    const nodes = [];
    for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) nodes.push(node);
    for (const node of nodes) {
      const el = node.parentElement;
      if (el === null || (node.textContent ?? "").trim() === "" || el.closest("script, style, title") !== null || is_hidden(el)) continue;
      const what = `“${words(node)}”`;
      readable(el, getComputedStyle(el), what);
      if (zoomed) el.scrollIntoView({ block: "center", inline: "center" });
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      cut(el, box, what);
      const seen = shown_part(el, box);
      if (seen.width > 0 && seen.height > 0) covered(el, seen, what);
    }
  }
  /** One filled button per screen. */
  function accent() {
    const probe = document.createElement("span");
    probe.style.background = "var(--accent)";
    document.body.append(probe);
    const fill = getComputedStyle(probe).backgroundColor;
    probe.remove();
    const filled = [...scope.querySelectorAll("button")].filter((b) => !is_hidden(b) && getComputedStyle(b).backgroundColor === fill);
    if (filled.length > 1) found.add(`${filled.length} filled buttons: ${filled.map(label).join(", ")}`);
  }

  const lists = [...document.querySelectorAll("*")].filter((el) => el.scrollHeight > el.clientHeight).map((el) => [el, el.scrollTop, el.scrollLeft]);
  page();
  if (!zoomed) hints();
  pressables();
  texts();
  accent();
  // Looking moved the lists; nobody shall see that.
  if (zoomed) for (const [el, top, left] of lists) [el.scrollTop, el.scrollLeft] = [top, left];
  return [...found];
}
