/**
 * Minor amounts as people read them, and as they type them. No arithmetic happens here or anywhere in the
 * screens: an amount is split into digits or put together from them, never added, rounded or multiplied.
 */
export const MINUS = "\u2212";

/** The parts of an amount, so that a large figure can set them in different sizes. */
export type MoneyParts = { sign: "" | typeof MINUS; whole: string; fen: string };

/** Splits minor units (fen), given as a number or as the text of one. */
export function money_parts(minor: number | string): MoneyParts {
  const text = String(minor);
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(3, "0");
  return { sign: negative ? MINUS : "", whole: grouped(digits.slice(0, -2)), fen: digits.slice(-2) };
}

/** `1,472.50`, for columns: always two decimals and no currency sign. */
export function plain(minor: number | string): string {
  const { sign, whole, fen } = money_parts(minor);
  return `${sign}${whole}.${fen}`;
}

/** `¥26.80`, for an amount that stands alone in a sentence. */
export function yuan(minor: number | string): string {
  const { sign, whole, fen } = money_parts(minor);
  return `${sign}¥${whole}.${fen}`;
}

/** An amount that comes as text in yuan, as the values of a problem do: `1472.50` is said `1,472.50`. */
export function said(yuan_text: string): string {
  const [, minus = "", whole = "", rest = ""] = /^(-?)(\d+)(.*)$/.exec(yuan_text) ?? [];
  return whole === "" ? yuan_text : (minus === "" ? "" : MINUS) + grouped(whole) + rest;
}

/** What a person would type for this amount: `28.10`, no grouping. */
export function typed(minor: number): string {
  const { sign, whole, fen } = money_parts(minor);
  return `${sign === "" ? "" : "-"}${whole.replaceAll(",", "")}.${fen}`;
}

/** What was typed as yuan, in minor units; null when it is no amount. Its digits are moved, nothing is computed. */
export function minor_of(text: string): number | null {
  const [, whole = "", fen = ""] = /^(\d{1,9})(?:\.(\d{0,2}))?$/.exec(text.trim()) ?? [];
  return whole === "" ? null : Number(whole + fen.padEnd(2, "0"));
}

/** `+300.00`, `−12.00`: an amount that is added or taken away. */
export function signed(minor: number): string {
  return minor > 0 ? `+${plain(minor)}` : plain(minor);
}

/** The axis of a chart: whole yuan. */
export function whole_yuan(minor: number): string {
  const { sign, whole } = money_parts(minor);
  return sign + whole;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
