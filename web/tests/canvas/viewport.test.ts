import { describe, expect, it } from "vitest";
import {
  bounded,
  fitted,
  inPixels,
  KEEP_VISIBLE,
  MAX_SCALE,
  minScale,
  panned,
  pinched,
  pushed,
  resized,
  toImage,
  toStage,
  wheelFactor,
  zoomedAt,
  type Viewport,
} from "../../src/canvas/viewport";
import { UNSTRETCHED } from "../../src/model/stretch";

const IMAGE = { width: 800, height: 600 };
const STAGE = { width: 1000, height: 500 };
const STRETCHES = [UNSTRETCHED, { x: 2, y: 1 }, { x: 1, y: 3.3 }];

/** Numbers from 0 to 1, the same in every run. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function expectOnStage(view: Viewport, image = IMAGE, stage = STAGE): void {
  const [width, height] = [image.width * view.stretch.x * view.scale, image.height * view.stretch.y * view.scale];
  const across = Math.min(stage.width, view.left + width) - Math.max(0, view.left);
  const down = Math.min(stage.height, view.top + height) - Math.max(0, view.top);
  expect(across).toBeGreaterThanOrEqual(Math.min(KEEP_VISIBLE, width) - 1e-6);
  expect(down).toBeGreaterThanOrEqual(Math.min(KEEP_VISIBLE, height) - 1e-6);
}

describe.each(STRETCHES)("stretched by $x and $y:", (stretch) => {
  describe("fitted", () => {
    it.each([
      ["wide image", { width: 1600, height: 200 }],
      ["tall image", { width: 300, height: 2000 }],
      ["one pixel", { width: 1, height: 1 }],
    ])("shows the whole %s in the middle", (_, image) => {
      const view = fitted(image, STAGE, stretch);
      const end = toStage(view, { x: image.width, y: image.height });
      const [left, right] = [view.left, STAGE.width - end.x];
      const [top, bottom] = [view.top, STAGE.height - end.y];
      expect(left).toBeCloseTo(right);
      expect(top).toBeCloseTo(bottom);
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect((end.x - view.left) / (end.y - view.top)).toBeCloseTo(
        (image.width * stretch.x) / (image.height * stretch.y),
      );
    });

    it("leaves a margin on a stage of no size without turning inside out", () => {
      expect(fitted(IMAGE, { width: 1, height: 1 }, stretch).scale).toBeGreaterThan(0);
    });
  });

  describe("coordinates", () => {
    it("go to the stage and back", () => {
      const view = { scale: 2.75, stretch, left: -133.5, top: 41 };
      const there = toStage(view, { x: 12.25, y: 599.5 });
      expect(there.x).toBeCloseTo(12.25 * stretch.x * 2.75 - 133.5);
      expect(there.y).toBeCloseTo(599.5 * stretch.y * 2.75 + 41);
      expect(toImage(view, there).x).toBeCloseTo(12.25);
      expect(toImage(view, there).y).toBeCloseTo(599.5);
    });

    it("tell how many original pixels a length on the stage is", () => {
      const view = { scale: 2.75, stretch, left: 7, top: 8 };
      const { x, y } = inPixels(view, 9);
      expect(toStage(view, { x, y })).toEqual({ x: expect.closeTo(16), y: expect.closeTo(17) });
    });
  });

  describe("zoomedAt", () => {
    it("keeps what is under the cursor there", () => {
      const view = fitted(IMAGE, STAGE, stretch);
      const anchor = { x: 470, y: 210 };
      const closer = zoomedAt(view, 3, anchor, IMAGE, STAGE);
      expect(closer.scale).toBeCloseTo(view.scale * 3);
      expect(toImage(closer, anchor).x).toBeCloseTo(toImage(view, anchor).x);
      expect(toImage(closer, anchor).y).toBeCloseTo(toImage(view, anchor).y);
    });

    it("ends at the largest and smallest magnification", () => {
      const view = fitted(IMAGE, STAGE, stretch);
      expect(zoomedAt(view, 1e6, { x: 500, y: 250 }, IMAGE, STAGE).scale).toBe(MAX_SCALE);
      expect(zoomedAt(view, 1e-6, { x: 500, y: 250 }, IMAGE, STAGE).scale).toBe(minScale(IMAGE, STAGE, stretch));
    });

    it("is undone by the inverse factor", () => {
      const view = fitted(IMAGE, STAGE, stretch);
      const anchor = { x: 400, y: 300 };
      const back = zoomedAt(zoomedAt(view, 2, anchor, IMAGE, STAGE), 0.5, anchor, IMAGE, STAGE);
      expect(back.left).toBeCloseTo(view.left);
      expect(back.top).toBeCloseTo(view.top);
    });
  });

  it("never loses the picture, whatever is done", () => {
    const random = numbers(7);
    const next = () => random.next().value as number;
    let view = fitted(IMAGE, STAGE, stretch);
    for (let step = 0; step < 500; step++) {
      const at = { x: next() * STAGE.width, y: next() * STAGE.height };
      const to = { x: next() * STAGE.width, y: next() * STAGE.height };
      const kind = Math.floor(next() * 3);
      if (kind === 0) view = panned(view, { x: (next() - 0.5) * 4000, y: (next() - 0.5) * 4000 }, IMAGE, STAGE);
      else if (kind === 1) view = zoomedAt(view, Math.exp((next() - 0.5) * 4), at, IMAGE, STAGE);
      else view = pinched(view, [at, to], [to, { x: at.x * next(), y: at.y }], IMAGE, STAGE);
      expectOnStage(view);
    }
  });

  describe("pinched", () => {
    it("pans with the middle of the fingers and zooms with their distance", () => {
      const view = { scale: 1, stretch, left: 100, top: -50 };
      const before = [{ x: 400, y: 200 }, { x: 500, y: 200 }] as const; // prettier-ignore
      const after = [{ x: 380, y: 230 }, { x: 580, y: 230 }] as const; // prettier-ignore
      const pinch = pinched(view, before, after, IMAGE, STAGE);
      expect(pinch.scale).toBeCloseTo(2);
      for (const index of [0, 1] as const) {
        expect(toImage(pinch, after[index]).x).toBeCloseTo(toImage(view, before[index]).x);
        expect(toImage(pinch, after[index]).y).toBeCloseTo(toImage(view, before[index]).y);
      }
    });

    it("survives two fingers on one spot", () => {
      const spot = { x: 10, y: 10 };
      const pinch = pinched(fitted(IMAGE, STAGE, stretch), [spot, spot], [spot, spot], IMAGE, STAGE);
      expect(Number.isFinite(pinch.scale + pinch.left + pinch.top)).toBe(true);
    });
  });

  describe("resized", () => {
    it("keeps a fitted picture fitted", () => {
      const after = { width: 600, height: 900 };
      expect(resized(fitted(IMAGE, STAGE, stretch), IMAGE, STAGE, after)).toEqual(fitted(IMAGE, after, stretch));
    });

    it("keeps the middle in the middle otherwise", () => {
      const view = zoomedAt(fitted(IMAGE, STAGE, stretch), 4, { x: 500, y: 250 }, IMAGE, STAGE);
      const after = { width: 700, height: 400 };
      const middle = toImage(view, { x: 500, y: 250 });
      expect(toImage(resized(view, IMAGE, STAGE, after), { x: 350, y: 200 })).toEqual({
        x: expect.closeTo(middle.x),
        y: expect.closeTo(middle.y),
      });
    });
  });
});

describe("pushed", () => {
  it("keeps the picture where it is on the screen, and gives it back its place", () => {
    const view = fitted(IMAGE, STAGE, UNSTRETCHED);
    const lower = pushed(view, 36, IMAGE, { width: STAGE.width, height: STAGE.height - 36 });
    expect(lower).toEqual({ ...view, top: view.top - 36 });
    expect(pushed(lower, -36, IMAGE, STAGE)).toEqual(view);
  });
});

describe("wheelFactor", () => {
  it.each([
    ["pixels", 100, 0],
    ["lines", 100 / 16, 1],
  ])("is the same for a notch in %s", (_, delta, mode) => {
    expect(wheelFactor(delta, mode, false)).toBeCloseTo(Math.exp(-0.18));
  });

  it("zooms in upwards, and by no more than a bound at once", () => {
    expect(wheelFactor(-100, 0, false)).toBeGreaterThan(1);
    expect(wheelFactor(-1e5, 0, false)).toBe(wheelFactor(-240, 0, false));
  });
});

it("bounds a view that is within bounds to itself", () => {
  const view = { scale: 1, stretch: UNSTRETCHED, left: 20, top: -30 };
  expect(bounded(view, IMAGE, STAGE)).toEqual(view);
});
