/** Which rows of a long list are worth drawing. */

export interface ListWindow {
  /** First row that is drawn. */
  first: number;
  /** One behind the last row that is drawn. */
  end: number;
}

/** Rows that are seen, and `spare` more on either side. Lengths in CSS px. */
export function visibleRows(scroll: number, height: number, row: number, count: number, spare = 4): ListWindow {
  const first = Math.max(0, Math.floor(scroll / row) - spare);
  const end = Math.min(count, Math.ceil((scroll + height) / row) + spare);
  return { first: Math.min(first, Math.max(0, end)), end: Math.max(0, end) };
}

/**
 * Where to scroll so that a row and `around` CSS px on either side are seen, or as much as there is room for; the place
 * where one is if they are already. CSS px.
 */
export function scrollToShow(index: number, scroll: number, height: number, row: number, around = 0): number {
  const spare = Math.max(0, Math.min(around, (height - row) / 2));
  const top = index * row - spare;
  const bottom = (index + 1) * row + spare;
  if (top < scroll) return Math.max(0, top);
  if (bottom > scroll + height) return bottom - height;
  return scroll;
}

/** The row that the Tab key comes to: the open one while it is drawn, else the first that is wholly seen. */
export function tabStop(shown: number, scroll: number, row: number, { first, end }: ListWindow): number {
  if (shown >= first && shown < end) return shown;
  return Math.min(Math.max(Math.ceil(scroll / row), first), end - 1);
}
