/** What this browser remembers of how one likes to work. */
import { effect, signal, type Signal } from "@preact/signals";

/** Radii of brush and eraser, shorter sides of an original pixel. */
export const BRUSH_RANGE = { min: 1, max: 200 } as const;

const PREFIX = "ultrasam.";

/** A signal that survives a reload; `isValid` refuses what another version wrote. */
export function remembered<T>(name: string, initial: T, isValid: (value: unknown) => value is T): Signal<T> {
  const state = signal(read(name, initial, isValid));
  let isFirst = true;
  effect(() => {
    const value = state.value;
    if (!isFirst) write(name, value);
    isFirst = false;
  });
  return state;
}

function read<T>(name: string, initial: T, isValid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
    return isValid(value) ? value : initial;
  } catch {
    return initial;
  }
}

/** A browser may refuse storage; then it is simply not remembered. */
function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    return;
  }
}

export function isNumberIn(low: number, high: number): (value: unknown) => value is number {
  return (value): value is number => typeof value === "number" && value >= low && value <= high;
}
