/** A copy of a list in which an entry changed places with its neighbour; as it was where one of them is not there. */
export function withSwap<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const moved = [...list];
  const [entry, other] = [moved[from], moved[from + by]];
  if (entry === undefined || other === undefined) return moved;
  moved[from] = other;
  moved[from + by] = entry;
  return moved;
}
