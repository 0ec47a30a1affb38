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

export function wear(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

export function choose_theme(theme: Theme): void {
  localStorage.setItem(STORED_AS, theme);
  wear(theme);
}
