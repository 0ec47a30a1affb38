/** The words of a language. A sentence comes from a code or a place, never from another sentence. */
import type { Language } from "../generated/Language";
import { en } from "./en";
import { zh, type Words } from "./zh";

export type { Words } from "./zh";
export type { Params } from "./zh_codes";

export function words_of(language: Language): Words {
  switch (language) {
    case "zh-CN":
      return zh;
    case "en":
      return en;
  }
}

/** The name to show: the second one on English screens, where there is one. */
export function name_of(named: { name: string; name_en: string }, language: Language): string {
  return language === "en" && named.name_en !== "" ? named.name_en : named.name;
}
