import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lease } from "../../src/state/lease";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a lease", () => {
  it("is renewed, given back for another image, and kept for the same one", async () => {
    const said: string[] = [];
    const api = {
      lease: (id: string) => {
        said.push(`ask ${id}`);
        return Promise.resolve({ held: true, byOther: false, revision: 0, file: null });
      },
      release: (id: string) => void said.push(`give back ${id}`),
    };
    const lease = new Lease(api, "tab", () => undefined);
    await lease.open("a");
    await lease.open("a");
    await vi.advanceTimersByTimeAsync(5000);
    await lease.open("b");
    lease.close();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(said).toEqual(["ask a", "ask a", "ask a", "give back a", "ask b", "give back b"]);
  });
});
