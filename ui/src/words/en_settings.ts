/** The settings, and the question who manages a new shop's till, in English. */
import type { settings as zh_settings } from "./zh_settings";

export const settings: typeof zh_settings = {
  tab: "Settings",
  pages: { look: "Language and look", people: "People and PINs" },
  other_page: "Other page",
  look_title: "Language and look",
  look_why: "For this till and its customer display. It counts at once; the basket stays as it is.",
  rows: { language: "Language", theme: "Appearance", text_size: "Text size" },
  rows_why: {
    language: "On screen and on paper. The customer display always has both.",
    theme: "As the system: whatever this computer is set to.",
    text_size: "All text and buttons grow together.",
  },
  languages: { "zh-CN": "简体中文", en: "English" },
  themes: { system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" },
  text_sizes: { standard: "Standard", large: "Large", largest: "Largest" },
  first_manager: {
    title: "Who manages this till?",
    why: "A new store begins with nobody. Name a manager first, who approves such things as taking cash out.",
    points: ["Name and time are noted; head office sees them", "The PIN stays in this machine; nobody can read it", "Cashiers are added later under Settings, People and PINs"],
    name: "Manager’s name",
    pin: "PIN",
    pin_again: "PIN once more",
    differs: "The two PINs differ; nothing is saved. Type them again",
    save: "Save and start selling",
  },
};
