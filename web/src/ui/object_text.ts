/** What an object was made of, in words, and where it stands among the others. */
import type { ObjectItem } from "../model/items";
import { withSwap } from "./list_order";

/** As "2 points, box". */
export function promptText(object: ObjectItem): string {
  const { points, boxXyxy, start } = object.prompt;
  const parts: string[] = [];
  if (boxXyxy) parts.push("box");
  if (points.length > 0) parts.push(points.length === 1 ? "1 point" : `${points.length} points`);
  if (start) parts.push(object.origin === "brush" ? "painted" : "begun with a mask");
  return parts.length > 0 ? parts.join(", ") : "not outlined yet";
}

/** The ids of a frame's objects, lowest first, once one of them is moved by a place. */
export function orderAfterMove(objects: readonly ObjectItem[], id: string, by: -1 | 1): string[] {
  const ids = objects.map((object) => object.id);
  return withSwap(ids, ids.indexOf(id), by);
}
