/** Arrow keys inside a group of radio buttons move the focus; Space or Enter chooses. */

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Put on the group; the page's own use of the arrows rests meanwhile. */
export function moveAmongRadios(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = STEPS[event.key];
  if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  const radios = Array.from(event.currentTarget.querySelectorAll<HTMLButtonElement>("[role=radio]:not(:disabled)"));
  const at = radios.findIndex((radio) => radio === document.activeElement);
  if (at < 0) return;
  event.preventDefault();
  radios[(at + step + radios.length) % radios.length]?.focus();
}
