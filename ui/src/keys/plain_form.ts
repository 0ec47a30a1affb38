/** Full-width letters, digits and signs count as the plain ones: a Chinese keyboard sends either. */

/** `＋` becomes `+`, `３` becomes `3`; names of keys and Chinese characters stay. */
export function plain_form(text: string): string {
  return text.replace(/[\uff01-\uff5e\u3000]/g, (c) =>
    c === "\u3000" ? " " : String.fromCharCode(c.charCodeAt(0) - 0xfee0),
  );
}
