/** The keys of the page: one table for the map and for the help. */

export type ActionName =
  | "point"
  | "box"
  | "brush"
  | "eraser"
  | "ruler"
  | "pan"
  | "crop"
  | "redact"
  | "newObject"
  | "label"
  | "carryOn"
  | "removeObject"
  | "deselect"
  | "single"
  | "candidate1"
  | "candidate2"
  | "candidate3"
  | "smallerBrush"
  | "largerBrush"
  | "undo"
  | "redo"
  | "previousImage"
  | "nextImage"
  | "doneAndNext"
  | "previousFrame"
  | "nextFrame"
  | "playPause"
  | "overlay"
  | "invert"
  | "zoomIn"
  | "zoomOut"
  | "fit"
  | "help";

export interface Binding {
  action: ActionName;
  /** As they are shown: "Ctrl+Shift+Z", "P", "PageDown". */
  keys: readonly string[];
  text: string;
  group: "Tools" | "Objects" | "Images and frames" | "View";
}

const bind = (group: Binding["group"], action: ActionName, text: string, ...keys: string[]): Binding => ({
  action,
  keys,
  text,
  group,
});

export const BINDINGS: readonly Binding[] = [
  bind("Tools", "point", "Add points (Alt or right: remove)", "P"),
  bind("Tools", "box", "Drag a box", "B"),
  bind("Tools", "brush", "Paint", "R"),
  bind("Tools", "eraser", "Erase", "E"),
  bind("Tools", "ruler", "Measure a distance", "M"),
  bind("Tools", "pan", "Move the picture", "H"),
  bind("Tools", "crop", "Crop before sharing", "X"),
  bind("Tools", "redact", "Mask out burned-in text", "K"),
  bind("Tools", "smallerBrush", "Smaller brush", "["),
  bind("Tools", "largerBrush", "Larger brush", "]"),
  bind("Objects", "newObject", "New object", "N"),
  bind("Objects", "label", "Choose its label (Escape: back to the image)", "L"),
  bind("Objects", "carryOn", "Carry it on to the next frame", "C"),
  bind("Objects", "candidate1", "First alternative mask", "1"),
  bind("Objects", "candidate2", "Second alternative mask", "2"),
  bind("Objects", "candidate3", "Third alternative mask", "3"),
  bind("Objects", "single", "Back to the single mask", "0"),
  bind("Objects", "removeObject", "Delete the selected object", "Delete", "Backspace"),
  bind("Objects", "deselect", "Select nothing", "Escape"),
  bind("Objects", "undo", "Undo", "Ctrl+Z"),
  bind("Objects", "redo", "Redo", "Ctrl+Shift+Z", "Ctrl+Y"),
  bind("Images and frames", "previousImage", "Previous image", "ArrowUp", "ArrowLeft", "PageUp"),
  bind("Images and frames", "nextImage", "Next image", "ArrowDown", "ArrowRight", "PageDown"),
  bind("Images and frames", "doneAndNext", "Done, next image", "Enter"),
  bind("Images and frames", "previousFrame", "Previous frame", "A", ","),
  bind("Images and frames", "nextFrame", "Next frame", "D", "."),
  bind("Images and frames", "playPause", "Play or pause", "Space"),
  bind("View", "overlay", "Show or hide masks", "V"),
  bind("View", "invert", "Invert grey levels", "I"),
  bind("View", "zoomIn", "Zoom in", "+", "="),
  bind("View", "zoomOut", "Zoom out", "-"),
  bind("View", "fit", "Fit the picture", "F"),
  bind("View", "help", "This help", "?"),
];

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** What has the focus, as far as keys care. */
export type Focus = "text" | "slider" | "control" | "other";

const MOVING_KEYS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]);
const PRESSING_KEYS = new Set(["Enter", "Space"]);

/** The action of a press, or null: a field that is typed in, a slider that is moved and a button keep their keys. */
export function actionFor(press: Press, focus: Focus): ActionName | null {
  if (focus === "text") return null;
  const keys = nameOf(press);
  if (focus === "slider" && MOVING_KEYS.has(keys)) return null;
  if (focus === "control" && PRESSING_KEYS.has(keys)) return null;
  return BINDINGS.find((binding) => binding.keys.includes(keys))?.action ?? null;
}

/** The press as the table writes it. Shift counts beside Ctrl alone: "?" needs it on some keyboards, not on others. */
export function nameOf(press: Press): string {
  if (press.altKey) return "";
  const key = press.key === " " ? "Space" : press.key.length === 1 ? press.key.toUpperCase() : press.key;
  if (!press.ctrlKey && !press.metaKey) return key;
  return press.shiftKey ? `Ctrl+Shift+${key}` : `Ctrl+${key}`;
}

/** What kind of element a key went to. */
export function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof HTMLElement)) return "other";
  if (target.isContentEditable) return "text";
  switch (target.tagName) {
    case "TEXTAREA":
    case "SELECT":
      return "text";
    case "BUTTON":
    case "A":
    case "SUMMARY":
      return "control";
    case "INPUT": {
      const type = (target as HTMLInputElement).type;
      if (type === "range") return "slider";
      return ["checkbox", "radio", "color", "file", "button"].includes(type) ? "control" : "text";
    }
    default:
      return "other";
  }
}

/** The keys of an action as a tip shows them; the first is enough. */
export function keysOf(action: ActionName): string {
  return BINDINGS.find((binding) => binding.action === action)?.keys[0] ?? "";
}
