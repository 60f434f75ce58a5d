/** A frame's number and time. */

/** As "3 of 120, 0.07 s"; frames count from 1. */
export function frameText(frame: number, frames: number, timesS: readonly number[] | null): string {
  const time = timesS?.[frame];
  const place = `${frame + 1} of ${frames}`;
  return time === undefined ? place : `${place}, ${time.toFixed(2)} s`;
}
