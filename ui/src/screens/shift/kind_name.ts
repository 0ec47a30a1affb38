/** What people call a note or a coin: `100 元`, `5 角`. */
import type { Words } from "../../words";

const MINOR_OF_YUAN = 100;
const MINOR_OF_JIAO = 10;

export function kind_name(denomination_minor: number, words: Words["shift"]): string {
  if (denomination_minor % MINOR_OF_YUAN === 0) return words.yuan(denomination_minor / MINOR_OF_YUAN);
  if (denomination_minor % MINOR_OF_JIAO === 0) return words.jiao(denomination_minor / MINOR_OF_JIAO);
  return words.fen(denomination_minor);
}
