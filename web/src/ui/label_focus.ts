/** The way by keys between the picture and the label of the selected object. */
import { focusImage } from "./image_focus";
import type { Shell } from "./shell";

/** Longer than a drawer takes to come into view; before that its controls take no focus. */
const OPENING_MS = 200;

/** To the label of the selected object; where its panel is closed, the panel is opened first. */
export function focusLabel(shell: Shell): void {
  const select = document.querySelector<HTMLSelectElement>(".object[aria-current] select");
  if (!select) return;
  select.focus();
  if (document.activeElement === select || select.disabled) return;
  shell.drawer.value = "panels";
  setTimeout(() => select.focus(), OPENING_MS);
}

/** Back to the picture. */
export function leaveLabel(shell: Shell): void {
  shell.drawer.value = null;
  focusImage();
}
