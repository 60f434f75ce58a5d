import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cine, type CineWiring } from "../../src/state/cine";
import { sleep } from "../../src/state/patience";

const TIMES_S = Array.from({ length: 500 }, (_, index) => index / 40);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A cine that plays, and what it shows: frames with their milliseconds. */
function playing(wiring: Partial<CineWiring>) {
  const start = performance.now();
  const shown: [number, number][] = [];
  const now = { frame: 0, hasFailed: false };
  const cine = new Cine({
    frames: () => TIMES_S.length,
    frame: () => now.frame,
    frameTimesS: () => TIMES_S,
    load: () => Promise.resolve(),
    show: (index) => shown.push([(now.frame = index), Math.round(performance.now() - start)]),
    onFailure: () => {
      now.hasFailed = true;
      cine.stop();
    },
    ...wiring,
  });
  cine.play();
  return { cine, shown, now };
}

describe("a cine", () => {
  it("shows each frame as long as the file says, and begins again at its end", async () => {
    const { shown } = playing({ frames: () => 3, frameTimesS: () => [0, 0.1, 0.4] });
    await vi.advanceTimersByTimeAsync(900);
    // The last frame's own time is not known.
    const expected = [100, 400, 450, 550, 850, 900].map((time, index) => [(index + 1) % 3, time]);
    expect(shown).toEqual(expected);
  });

  it("keeps its pace where frames come slowly, and passes over no more than it must", async () => {
    const { shown } = playing({ load: () => sleep(0.15) });
    await vi.advanceTimersByTimeAsync(5000);
    // How long a frame takes is learnt from the first ones.
    for (const [frame, time] of shown.slice(9)) expect(Math.abs(time - frame * 25)).toBeLessThan(50);
    // Three at a time, each in 150 ms.
    expect(shown.length).toBeGreaterThan(80);
  });

  it("goes on from another frame that is chosen", async () => {
    const { shown, now } = playing({});
    await vi.advanceTimersByTimeAsync(110);
    now.frame = 200;
    await vi.advanceTimersByTimeAsync(110);
    expect(shown.map(([frame]) => frame)).toEqual([1, 2, 3, 4, 201, 202, 203]);
  });

  it("stops where a frame cannot be had", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { cine, now } = playing({ load: (index) => (index < 9 ? Promise.resolve() : Promise.reject(new Error())) });
    await vi.advanceTimersByTimeAsync(1000);
    expect([now.hasFailed, cine.playing.value]).toEqual([true, false]);
  });
});
