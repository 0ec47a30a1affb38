/** The language last on screen, kept on this machine for the moments before a till has said its own. */
import type { Language } from "../generated/Language";

const STORED_AS = "suanpan.language";
const FIRST: Language = "zh-CN";

export function remembered_language(): Language {
  return localStorage.getItem(STORED_AS) === "en" ? "en" : FIRST;
}

export function remember_language(language: Language): void {
  localStorage.setItem(STORED_AS, language);
}

export function other_language(language: Language): Language {
  switch (language) {
    case "zh-CN":
      return "en";
    case "en":
      return "zh-CN";
  }
}
