/** Light, dark, or as the system has it; kept in this browser. */
import { effect } from "@preact/signals";
import { remembered } from "../state/settings";

export type Theme = "system" | "light" | "dark";

const ORDER: readonly Theme[] = ["system", "light", "dark"];

const isTheme = (value: unknown): value is Theme => ORDER.some((theme) => theme === value);

export const theme = remembered<Theme>("theme", "system", isTheme);

/** Shows the theme, and each one that is chosen; gives what ends it. */
export function showTheme(): () => void {
  return effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme.value;
  });
}

/** The theme that a press of the switch leads to. */
export function themeAfter(value: Theme): Theme {
  return ORDER[(ORDER.indexOf(value) + 1) % ORDER.length] ?? "system";
}
