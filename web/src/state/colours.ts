/** Colours of objects without a label's: told apart on grey, also by most who see few colours (Okabe and Ito 2008). */
const PALETTE = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2"] as const;

export function paletteColour(position: number): string {
  const index = ((Math.round(position) % PALETTE.length) + PALETTE.length) % PALETTE.length;
  return PALETTE[index]!;
}
