/** Keys go to the picture from now on. */
export function focusImage(): void {
  document.querySelector<HTMLElement>("[role=application]")?.focus();
}
