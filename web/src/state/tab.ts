/** Which tab this is: the same after a reload, another one in a duplicated tab. */
import { newId } from "../model/ids";

const KEY = "ultrasam.client";

export async function tabId(): Promise<string> {
  const kept = readKept();
  const id = kept && (await isFree(kept)) ? kept : newId();
  if (id !== kept) await isFree(id);
  try {
    sessionStorage.setItem(KEY, id);
  } catch {
    return id;
  }
  return id;
}

function readKept(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** A duplicated tab copies the session's storage; the lock, held as long as the page lives, tells the two apart. */
function isFree(id: string): Promise<boolean> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const hold = (lock: Lock | null) => {
      resolve(lock !== null);
      return lock ? new Promise<void>(() => {}) : undefined;
    };
    locks.request(`ultrasam-tab-${id}`, { ifAvailable: true }, hold).catch(() => resolve(true));
  });
}
