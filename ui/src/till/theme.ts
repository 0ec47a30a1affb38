/** The chosen look, kept on this machine: a shop's choice, not the hour's. */
export const THEMES = ["light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = "suanpan.theme";

/** What was chosen, else what the system asks for. */
export function stored_theme(): Theme {
  const stored = localStorage.getItem(STORED_AS);
  const known = THEMES.find((theme) => theme === stored);
  return known ?? (matchMedia("(prefers-contrast: more)").matches ? "contrast" : "light");
}

/** The look after this one, for a single key that goes through them. */
export function next_theme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "light";
}

/** The one that the page wears. */
export function worn_theme(): Theme {
  return THEMES.find((theme) => theme === document.documentElement.dataset.theme) ?? "light";
}

export function wear(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

export function choose_theme(theme: Theme): void {
  localStorage.setItem(STORED_AS, theme);
  wear(theme);
}
