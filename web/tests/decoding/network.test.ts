/** The decoder's graph in WebAssembly against a Python session; where `make.py --decoder` has written its case. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { base64ToFloat32 } from "../../src/decoding/bytes";
import { ModelFrame } from "../../src/decoding/model_frame";
import { DecoderNetwork } from "../../src/decoding/network";
import { logitsToMask } from "../../src/decoding/upsample";
import type { Point, Rle } from "../../src/model/items";
import { rleToMask } from "../../src/model/rle";

interface Case {
  sizeHw: [number, number];
  inputSize: number;
  answers: { score: number; logits: string; mask: Rle }[];
}

const folder = process.env.ULTRASAM_DECODER ?? "";

it.skipIf(!folder || !existsSync(join(folder, "decoder.onnx")))("answers two stages as a Python session", async () => {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(readFileSync(join(folder, "decoder.onnx")));
  const network = new DecoderNetwork(ort, session);
  const { sizeHw, inputSize, answers } = JSON.parse(readFileSync(join(folder, "answers.json"), "utf-8")) as Case;
  const frame = ModelFrame.fitted(sizeHw, inputSize, "sam");
  const embedding = new Float32Array(new Uint8Array(readFileSync(join(folder, "embedding.bin"))).buffer);

  const points: Point[] = [
    { x: 365, y: 275, label: 1 },
    { x: 330, y: 420, label: 1 },
  ];
  let logits: Float32Array | null = null;
  for (const [index, expected] of answers.entries()) {
    const stage = { points: points.slice(0, index + 1), boxXyxy: null, start: null, logits };
    const found = await network.decode(embedding, stage, frame);
    logits = found.logits.slice(0, frame.logitsSize ** 2);
    const wanted = base64ToFloat32(expected.logits);
    expect(found.scores[0]).toBeCloseTo(expected.score, 4);
    expect(logits.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0)).toBeLessThan(2e-3);
    const mask = logitsToMask(logits, frame).data;
    const truth = rleToMask(expected.mask).data;
    expect(mask.reduce((count, value, i) => count + Number(value !== truth[i]), 0)).toBeLessThan(5);
  }
});
