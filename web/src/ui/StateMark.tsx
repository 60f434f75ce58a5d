/** How far the work on an image is, by shape and by name. */
import type { ImageState } from "../model/items";

/** An empty ring, a half one, or a filled one with a tick. */
export function StateMark({ state }: { state: ImageState }) {
  return (
    <svg
      class={`state-mark ${state === "in work" ? "in-work" : state}`}
      viewBox="0 0 16 16"
      role="img"
      aria-label={state}
    >
      <title>{state}</title>
      <circle cx="8" cy="8" r="6" />
      {state === "in work" && <path class="filled" d="M8 2a6 6 0 0 1 0 12z" />}
      {state === "done" && <path class="tick" d="m5 8.2 2.2 2.2L11.2 6" />}
    </svg>
  );
}
