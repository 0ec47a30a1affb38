/** What people call a note or a coin: `100 元`, `5 角`. */
import { money_parts } from "../../format/money";
import type { Words } from "../../words";

export function kind_name(denomination_minor: number, words: Words["shift"]): string {
  const { whole, fen } = money_parts(denomination_minor);
  if (fen === "00") return words.yuan(whole);
  return fen.endsWith("0") ? words.jiao(fen.slice(0, 1)) : words.fen(fen.slice(1));
}
