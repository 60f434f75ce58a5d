import type { Xy } from "./viewport";

/** Where and how somebody points at the picture: x, y in original pixels, continuous. */
export interface StagePointer extends Xy {
  /** CSS pixels from the stage's upper left corner. */
  readonly stage: Xy;
  readonly isInside: boolean;
  /** Right button, Alt, a pen's eraser or a long press. */
  readonly removes: boolean;
  readonly isTouch: boolean;
  /** How near is near enough to take hold of something, original pixels across and down. */
  readonly reach: Xy;
}

/** Something that goes on from press to release. */
export interface Drag {
  move(at: StagePointer): void;
  release(at: StagePointer): void;
  cancel(): void;
  /** True if it alters only how the picture is shown, so that it goes on when another frame comes. */
  readonly isOfView?: boolean;
}

/** What a tool does with a pointer. */
export interface ToolHandler {
  /** Whether two quick taps zoom; not where a tap already does something. */
  readonly zoomsOnDoubleTap: boolean;
  /** CSS cursor at a position. */
  cursor(at: StagePointer): string;
  /** Begins a drag; null if there is nothing to drag here, and the press is a tap. */
  press(at: StagePointer): Drag | null;
  /** A press that drags nothing, a finger's tap or long press; a tool without it takes a tap as press and release. */
  tap?(at: StagePointer): void;
  /** The pointer moves with no button down. */
  hover?(at: StagePointer): void;
  /** The pointer is gone or does something else. */
  leave?(): void;
}
