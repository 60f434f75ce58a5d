/** Resolves after so many seconds. */
export function sleep(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}

/** Resolves when the work does, or after so many milliseconds. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((done) => (timer = setTimeout(done, milliseconds)));
  await Promise.race([work, patience]).finally(() => clearTimeout(timer));
}
