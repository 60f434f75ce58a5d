import type { Desk } from "./desk";
import type { StagePointer } from "./pointing";
import { inPixels, toImage, type Xy } from "./viewport";

/** How near a mouse or pen, and a finger, must come to what it takes hold of, CSS pixels. */
const REACH = 9;
const FINGER_REACH = 22;

/** What of a pointer event matters here. */
export interface PointerLike {
  readonly clientX: number;
  readonly clientY: number;
  readonly pointerType?: string;
  readonly button?: number;
  readonly buttons?: number;
  readonly altKey?: boolean;
}

/** The event's place on the element, CSS pixels. */
export function stageXy(element: Element, event: PointerLike): Xy {
  const { left, top } = element.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** Reads an event against the present view. */
export function readPointer(desk: Desk, element: Element, event: PointerLike, removes = false): StagePointer {
  const view = desk.view.peek();
  const stage = stageXy(element, event);
  const at = toImage(view, stage);
  const isTouch = event.pointerType === "touch";
  return {
    ...at,
    stage,
    isTouch,
    isInside: desk.isInside(at),
    removes: removes || event.altKey === true,
    reach: inPixels(view, isTouch ? FINGER_REACH : REACH),
  };
}
