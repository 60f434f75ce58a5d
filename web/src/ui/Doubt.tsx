/** Why millimetres may be wrong. */
export function Doubt({ text }: { text: string }) {
  return (
    <p class="doubt">
      <strong>Doubtful:</strong> {text}
    </p>
  );
}
