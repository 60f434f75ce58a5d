/** A long name whose middle gives way: its beginning and its end tell it from others. */

/** Letters at the end that are always shown, as "_0123.dcm". */
const KEPT = 10;

export function MiddleCut({ text }: { text: string }) {
  if (text.length <= 2 * KEPT) return <span class="ellipsis">{text}</span>;
  return (
    <span class="middle-cut">
      <span class="ellipsis">{text.slice(0, -KEPT)}</span>
      <span>{text.slice(-KEPT)}</span>
    </span>
  );
}
