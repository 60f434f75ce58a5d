/** Pictures of which the user of this browser said that they show nothing to hide. */
import { remembered } from "../state/settings";

/** Said last is kept longest. */
const MOST = 5000;

const isIds = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((id) => typeof id === "string");

const lookedAt = remembered<string[]>("nothingToHide", [], isIds);

export function isLookedAt(imageId: string | undefined): boolean {
  return imageId !== undefined && lookedAt.value.includes(imageId);
}

export function sayNothingToHide(imageId: string): void {
  lookedAt.value = [...lookedAt.value.filter((id) => id !== imageId), imageId].slice(-MOST);
}
