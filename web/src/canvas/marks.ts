import type { BoxXyxy, Point, PointXy } from "../model/items";
import { handlesOf } from "./hits";
import { toStage, type Size, type Viewport, type Xy } from "./viewport";

/** Colours of marks on the picture, the same in both themes because the picture is dark in both. */
export const INK = {
  include: "#2fd16c",
  exclude: "#ff5a52",
  box: "#4db5ff",
  ruler: "#ffd54a",
  crop: "#ffffff",
  redaction: "#ff9f43",
  cross: "#ffffff",
  dark: "rgba(0, 0, 0, 0.75)",
} as const;

type Context = CanvasRenderingContext2D;

/** A line over a wider dark one, so that it is seen on bright and dark tissue alike. */
function strokeTwice(context: Context, colour: string, width: number): void {
  context.lineWidth = width + 2;
  context.strokeStyle = INK.dark;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

/** A prompt's points: a green plus inside, a red minus outside; the marked one larger, with a ring. */
export function drawPoints(context: Context, view: Viewport, points: readonly Point[], marked: number): void {
  points.forEach((point, index) => {
    const { x, y } = toStage(view, point);
    const radius = index === marked ? 8 : 6.5;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = point.label === 1 ? INK.include : INK.exclude;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
    context.beginPath();
    context.moveTo(x - 3.5, y);
    context.lineTo(x + 3.5, y);
    if (point.label === 1) {
      context.moveTo(x, y - 3.5);
      context.lineTo(x, y + 3.5);
    }
    context.lineWidth = 2;
    context.strokeStyle = "#101010";
    context.stroke();
    if (index !== marked) return;
    context.beginPath();
    context.arc(x, y, radius + 4, 0, 2 * Math.PI);
    strokeTwice(context, "#ffffff", 1.5);
  });
}

/** A box's frame, with handles if it can be changed. */
export function drawBox(context: Context, view: Viewport, box: BoxXyxy, colour: string, hasHandles: boolean): void {
  const from = toStage(view, { x: box[0], y: box[1] });
  const to = toStage(view, { x: box[2], y: box[3] });
  context.beginPath();
  context.rect(from.x, from.y, to.x - from.x, to.y - from.y);
  strokeTwice(context, colour, 1.5);
  if (!hasHandles) return;
  for (const { at } of handlesOf(box)) {
    const { x, y } = toStage(view, at);
    context.fillStyle = colour;
    context.fillRect(x - 4, y - 4, 8, 8);
    context.lineWidth = 1;
    context.strokeStyle = INK.dark;
    context.strokeRect(x - 4, y - 4, 8, 8);
  }
}

/** What will be blackened before sharing; seen through a little while it is being worked at. */
export function drawRedaction(context: Context, view: Viewport, box: BoxXyxy, isAtWork: boolean): void {
  const from = toStage(view, { x: box[0], y: box[1] });
  const to = toStage(view, { x: box[2], y: box[3] });
  context.fillStyle = isAtWork ? "rgba(0, 0, 0, 0.7)" : "#000000";
  context.fillRect(from.x, from.y, to.x - from.x, to.y - from.y);
  drawBox(context, view, box, INK.redaction, isAtWork);
}

/** Darkens what a crop leaves away. */
export function drawCrop(context: Context, view: Viewport, box: BoxXyxy, image: Size, isAtWork: boolean): void {
  const from = toStage(view, { x: 0, y: 0 });
  const to = toStage(view, { x: image.width, y: image.height });
  const kept = [toStage(view, { x: box[0], y: box[1] }), toStage(view, { x: box[2], y: box[3] })] as const;
  context.beginPath();
  context.rect(from.x, from.y, to.x - from.x, to.y - from.y);
  context.rect(kept[0].x, kept[0].y, kept[1].x - kept[0].x, kept[1].y - kept[0].y);
  context.fillStyle = "rgba(0, 0, 0, 0.6)";
  context.fill("evenodd");
  drawBox(context, view, box, INK.crop, isAtWork);
}

/** A distance with its length written beside its middle. */
export function drawRuler(context: Context, view: Viewport, from: PointXy, to: PointXy, text: string): void {
  const a = toStage(view, { x: from[0], y: from[1] });
  const b = toStage(view, { x: to[0], y: to[1] });
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  // The unit vector across the line that points upwards, or to the right of an upright line.
  const side = a.x <= b.x ? 1 : -1;
  const across = length < 1 ? { x: 0, y: -1 } : { x: (side * (b.y - a.y)) / length, y: (-side * (b.x - a.x)) / length };
  context.beginPath();
  context.moveTo(a.x, a.y);
  context.lineTo(b.x, b.y);
  for (const end of [a, b]) {
    context.moveTo(end.x - 6 * across.x, end.y - 6 * across.y);
    context.lineTo(end.x + 6 * across.x, end.y + 6 * across.y);
  }
  strokeTwice(context, INK.ruler, 1.5);
  drawTag(context, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, across, text, INK.ruler);
}

/** A short text on a dark ground, beside a place (CSS pixels) in the direction of a unit vector. */
function drawTag(context: Context, beside: Xy, direction: Xy, text: string, colour: string): void {
  context.font = "600 12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  const width = context.measureText(text).width + 8;
  const away = 8 + (Math.abs(direction.x) * width) / 2 + Math.abs(direction.y) * 9;
  const [x, y] = [beside.x + direction.x * away, beside.y + direction.y * away];
  context.fillStyle = INK.dark;
  context.fillRect(x - width / 2, y - 9, width, 18);
  context.fillStyle = colour;
  context.fillText(text, x, y + 0.5);
}

/** The round tip of a brush: its radius in shorter sides of an original pixel. */
export function drawTip(context: Context, view: Viewport, at: Xy, radius: number, colour: string): void {
  const { x, y } = toStage(view, at);
  context.beginPath();
  context.arc(x, y, Math.max(1, radius * view.scale), 0, 2 * Math.PI);
  strokeTwice(context, colour, 1.5);
}

/** The cross that the arrow keys move. */
export function drawCross(context: Context, view: Viewport, at: Xy): void {
  const { x, y } = toStage(view, at);
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ] as const) /* prettier-ignore */ {
    context.moveTo(x + 4 * dx, y + 4 * dy);
    context.lineTo(x + 18 * dx, y + 18 * dy);
  }
  strokeTwice(context, INK.cross, 1.5);
}
