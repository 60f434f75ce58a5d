import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LeaseAnswer } from "../../src/api/answers";
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

  it("is given back once more where it was left before the answer came", async () => {
    const said: string[] = [];
    const told: string[] = [];
    const answers = new Map<string, () => void>();
    const api = {
      lease: (id: string) =>
        new Promise<LeaseAnswer>((answer) =>
          answers.set(id, () => answer({ held: id !== "theirs", byOther: id === "theirs", revision: 0, file: id })),
        ),
      release: (id: string) => void said.push(id),
    };
    const lease = new Lease(api, "tab", (answer) => told.push(answer?.file ?? ""));
    const asked = ["a", "theirs", "b"].map((id) => lease.open(id));
    for (const id of ["a", "theirs", "b"]) answers.get(id)!();
    await Promise.all(asked);
    expect(said).toEqual(["a", "theirs", "a"]);
    expect(told).toEqual(["b"]);
  });
});
