/** Sizes in sentences of the server, which are plain ASCII: "800 x 600" is written "800 × 600" in the page. */
export function withTimesSign(text: string): string {
  return text.replace(/(\d) x (?=\d)/g, "$1 × ");
}
