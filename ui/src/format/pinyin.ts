/** Which letters of an article's pinyin the typed letters matched, so that a list can underline them. */

/** One syllable, cut where the match ends. */
export type Syllable = { hit: string; rest: string };

/**
 * Marks initials first (`kkkl`), else full pinyin from the start (`keko`); a text that is no pinyin marks
 * nothing. Tones are ignored.
 */
export function pinyin_marks(pinyin: string, typed: string): Syllable[] {
  const syllables = pinyin.split(" ").filter((s) => s !== "");
  const letters = typed.toLowerCase().replace(/[^a-z]/g, "");
  const unmarked = syllables.map((s) => ({ hit: "", rest: s }));
  if (letters === "" || /[^\x00-\x7f]/.test(typed)) return unmarked;
  const initials = syllables.map((s) => bare_letters(s).charAt(0)).join("");
  const start = initials.indexOf(letters);
  if (start >= 0) {
    const end = start + letters.length;
    return syllables.map((s, i) => (i >= start && i < end ? cut(s, 1) : { hit: "", rest: s }));
  }
  if (!bare_letters(syllables.join("")).startsWith(letters)) return unmarked;
  let open = letters.length;
  return syllables.map((s) => {
    const taken = Math.min(open, s.length);
    open -= taken;
    return cut(s, taken);
  });
}

function cut(syllable: string, length: number): Syllable {
  return { hit: syllable.slice(0, length), rest: syllable.slice(length) };
}

/** Letters without tone marks; `ü` becomes `v`, as it is typed. */
function bare_letters(text: string): string {
  return text
    .normalize("NFD")
    .replace(/u(?=[\u0300-\u036f]*\u0308)/g, "v")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
}
