/** What each key does. */
import type { Choice } from "../model/items";
import { BRUSH_RANGE } from "../state/settings";
import type { Workbench } from "../state/workbench";
import { actionFor, focusOf, type ActionName } from "./keyboard";
import { focusLabel } from "./label_focus";
import { deleteSelected } from "./object_focus";
import type { Shell } from "./shell";

const ZOOM_STEP = 1.25;
const BRUSH_STEP = 1.2;

/** A radius inside what a brush can have. */
export function brushRadius(radius: number): number {
  return Math.min(BRUSH_RANGE.max, Math.max(BRUSH_RANGE.min, Math.round(radius)));
}

/** What a key that is held down does again and again; a held Enter would call one image after the other done. */
const REPEATED: ReadonlySet<ActionName> = new Set<ActionName>([
  "smallerBrush",
  "largerBrush",
  "undo",
  "redo",
  "previousImage",
  "nextImage",
  "previousFrame",
  "nextFrame",
  "zoomIn",
  "zoomOut",
]);

/** Runs one action. */
export function perform(action: ActionName, workbench: Workbench, shell: Shell): void {
  const frames = workbench.image.value?.frames ?? 1;
  switch (action) {
    case "point":
    case "box":
    case "brush":
    case "eraser":
    case "ruler":
    case "pan":
    case "crop":
    case "redact":
      workbench.tool.value = action;
      return;
    case "newObject":
      if (workbench.image.value && !workbench.isReadOnly.value) workbench.newObject();
      return;
    case "removeObject":
      return deleteSelected(workbench);
    case "label":
      return focusLabel(shell);
    case "carryOn":
      return carryOn(workbench);
    case "deselect":
      if (shell.drawer.value) shell.drawer.value = null;
      else workbench.select(null);
      return;
    case "single":
      return choose(workbench, 0);
    case "candidate1":
      return choose(workbench, 1);
    case "candidate2":
      return choose(workbench, 2);
    case "candidate3":
      return choose(workbench, 3);
    case "smallerBrush":
      workbench.brushRadius.value = brushRadius(
        Math.min(workbench.brushRadius.value - 1, workbench.brushRadius.value / BRUSH_STEP),
      );
      return;
    case "largerBrush":
      workbench.brushRadius.value = brushRadius(
        Math.max(workbench.brushRadius.value + 1, workbench.brushRadius.value * BRUSH_STEP),
      );
      return;
    case "undo":
      return workbench.undo();
    case "redo":
      return workbench.redo();
    case "previousImage":
      return void workbench.previous();
    case "nextImage":
      return void workbench.next();
    case "doneAndNext":
      return doneAndNext(workbench);
    case "previousFrame":
      if (frames > 1) workbench.setFrame(Math.max(0, workbench.frame.value - 1));
      return;
    case "nextFrame":
      if (frames > 1) workbench.setFrame(Math.min(frames - 1, workbench.frame.value + 1));
      return;
    case "playPause":
      if (frames > 1) playOrPause(workbench);
      return;
    case "overlay":
      workbench.overlayVisible.value = !workbench.overlayVisible.value;
      return;
    case "invert":
      workbench.invert.value = !workbench.invert.value;
      return;
    case "zoomIn":
      return shell.view.zoomBy(ZOOM_STEP);
    case "zoomOut":
      return shell.view.zoomBy(1 / ZOOM_STEP);
    case "fit":
      return shell.view.fit();
    case "help":
      shell.dialog.value = "help";
      return;
  }
}

/** Says that this image is done and goes on to the next one; nothing while that one is being opened already. */
export function doneAndNext(workbench: Workbench): void {
  if (!workbench.image.value || workbench.isOpening.value) return;
  if (!workbench.isReadOnly.value) workbench.setState("done");
  void workbench.next();
}

/** Plays a cine, or stops it. */
export function playOrPause(workbench: Workbench): void {
  if (workbench.playing.value) workbench.pause();
  else workbench.play();
}

/** Listens to the keys of the page; gives the function that stops it. */
export function listenToKeys(workbench: Workbench, shell: Shell): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || shell.dialog.value) return;
    const action = actionFor(event, focusOf(event.target));
    // Space plays when it is let go, so that the stage can use it for dragging.
    if (action === null || (action === "playPause") !== (event.type === "keyup")) {
      if (action === "playPause") event.preventDefault();
      return;
    }
    if (event.type === "keydown") event.preventDefault();
    if (event.repeat && !REPEATED.has(action)) return;
    perform(action, workbench, shell);
  };
  window.addEventListener("keydown", onKey);
  window.addEventListener("keyup", onKey);
  return () => {
    window.removeEventListener("keydown", onKey);
    window.removeEventListener("keyup", onKey);
  };
}

/** The selected object goes on to the next frame; nothing where there is none. */
function carryOn(workbench: Workbench): void {
  const object = workbench.selected.value;
  const frames = workbench.image.value?.frames ?? 1;
  if (!object?.mask || workbench.isReadOnly.value || object.frame + 1 >= frames) return;
  void workbench.duplicateToFrame(object.id, object.frame + 1);
}

function choose(workbench: Workbench, choice: Choice): void {
  const object = workbench.selected.value;
  if (!object || object.locked || workbench.isReadOnly.value || object.origin === "brush") return;
  if (object.prompt.choice !== choice) void workbench.choose(object.id, choice);
}
