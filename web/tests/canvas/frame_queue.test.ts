import { expect, it } from "vitest";
import { FrameQueue } from "../../src/canvas/frame_queue";

function withFrames(): { queue: FrameQueue; nextFrame: () => void; asked: () => number } {
  const waiting: (() => void)[] = [];
  const queue = new FrameQueue((run) => waiting.push(run));
  return { queue, nextFrame: () => waiting.splice(0).forEach((run) => run()), asked: () => waiting.length };
}

it("does the newest work of a name once, and draws last", () => {
  const { queue, nextFrame, asked } = withFrames();
  const done: string[] = [];
  queue.drawLater(() => done.push("draw"));
  queue.later("hover", () => done.push("old"));
  queue.later("hover", () => done.push("new"));
  queue.later("window", () => done.push("window"));
  expect(asked()).toBe(1);
  nextFrame();
  nextFrame();
  expect(done).toEqual(["new", "window", "draw"]);
  expect(asked()).toBe(0);
});

it("draws in the same frame what the work changed", () => {
  const { queue, nextFrame } = withFrames();
  const done: string[] = [];
  queue.later("hover", () => queue.drawLater(() => done.push("draw")));
  nextFrame();
  expect(done).toEqual(["draw"]);
});

it("asks for another frame for work that came up while drawing", () => {
  const { queue, nextFrame } = withFrames();
  const done: string[] = [];
  queue.drawLater(() => queue.drawLater(() => done.push("again")));
  nextFrame();
  expect(done).toEqual([]);
  nextFrame();
  expect(done).toEqual(["again"]);
});

it("forgets what is dropped", () => {
  const { queue, nextFrame } = withFrames();
  const done: string[] = [];
  queue.later("hover", () => done.push("hover"));
  queue.later("window", () => done.push("window"));
  queue.drop("hover");
  nextFrame();
  expect(done).toEqual(["window"]);
});
