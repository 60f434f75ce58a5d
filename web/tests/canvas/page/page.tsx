/** The stage without a server: a made picture of 1600 x 1200 with ten objects. `vite --root tests/canvas/page`. */
import { render } from "preact";
import { Stage } from "../../../src/canvas/Stage";
import { ViewControls } from "../../../src/canvas/view_controls";
import { MaskBitmap } from "../../../src/model/mask";
import { objectItem } from "../../fixtures/items";
import { BenchDouble } from "../bench_double";

const WIDTH = 1600;
const HEIGHT = 1200;
const COLOURS = ["#00bcd4", "#ff9800", "#8bc34a", "#e91e63", "#ffeb3b", "#9c27b0", "#03a9f4", "#f44336", "#4caf50", "#ff5722"]; // prettier-ignore

function speckle(): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
  let state = 1;
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const x = pixel % WIDTH;
    const y = Math.floor(pixel / WIDTH);
    const tissue = 70 + 50 * Math.sin(x / 90) * Math.cos(y / 70);
    const grey = tissue * (0.4 + (0.9 * (state >>> 8)) / 2 ** 24);
    rgba.set([grey, grey, grey, 255], 4 * pixel);
  }
  return rgba;
}

function blob(centreX: number, centreY: number, radius: number, lobes: number): MaskBitmap {
  const mask = new MaskBitmap(WIDTH, HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [dx, dy] = [x + 0.5 - centreX, y + 0.5 - centreY];
      const reach = radius * (1 + 0.15 * Math.sin(lobes * Math.atan2(dy, dx)));
      if (dx * dx + dy * dy < reach * reach) mask.data[y * WIDTH + x] = 1;
    }
  }
  return mask;
}

const bench = new BenchDouble(WIDTH, HEIGHT);
const view = new ViewControls();
bench.pixels.value = { index: 0, width: WIDTH, height: HEIGHT, rgba: speckle(), isColour: false };
bench.objectsHere.value = COLOURS.map((colour, index) => {
  const id = `object-${index + 1}`;
  const [x, y] = [180 + 310 * (index % 5), 330 + 520 * Math.floor(index / 5)];
  bench.masks.set(id, blob(x, y, 150, index + 2));
  const points = [
    { x, y, label: 1 as const },
    { x: x + 170, y, label: 0 as const },
  ];
  const prompt = { points, boxXyxy: [x - 175, y - 175, x + 175, y + 175] as [number, number, number, number] };
  return objectItem(id, { colour, position: index, prompt: { ...prompt, start: null, choice: 0 } });
});
bench.selectedId.value = "object-3";
bench.rulersHere.value = [{ kind: "ruler", id: "ruler", frame: 0, from: [180, 330], to: [490, 850], visible: true }];
Object.assign(window, { bench, view, blob });
render(<Stage workbench={bench} view={view} />, document.getElementById("root")!);
