/**
 * How a mask follows from a prompt. Stage 1 is the box, the mask to start from and the first point, or what there is of
 * them; each further point is a stage of its own that gives the decoder all points so far, the box and the single mask
 * of the stage before, as the network was trained to be corrected. The choice among the alternatives holds for the
 * last stage. Answers are kept by all that led to them, so that a new click costs one decode.
 */
import type { Choice, Prompt } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { rleToMask } from "../model/rle";
import type { Decoder } from "./decoder";
import { frameKey, logitsOf, type FrameRef, type StageAnswer } from "./stage";

/** Stages kept; one takes 256 KiB with the bundled model. */
const KEPT = 48;
/** Stages whose masks at the original size are kept, too; those can be finished again. */
const KEPT_MASKS = 6;

export interface Outcome {
  mask: MaskBitmap;
  /** Predicted IoU. */
  score: number;
  answer: StageAnswer;
}

export class Conversation {
  private readonly kept = new Map<string, StageAnswer>();

  constructor(private readonly decoder: Decoder) {}

  /** What the network says to a prompt that says something. */
  async outcome(frame: FrameRef, prompt: Prompt): Promise<Outcome> {
    const stages = Math.max(prompt.points.length, 1);
    // From the last stage that is kept: touching all of a long prompt would drive out one after the other of them.
    let stage = stages;
    let previous: StageAnswer | null = null;
    while (stage > 0 && !(previous = this.recalled(frame, prompt, stage))) stage--;
    for (stage++; stage <= stages; stage++) {
      previous = await this.decoded(frame, prompt, stage, previous, stage === stages ? prompt.choice : null);
    }
    const answer = previous!;
    const [mask] = await this.decoder.finish(frame, answer, [prompt.choice]);
    return { mask: mask!, score: answer.scores[prompt.choice] ?? 0, answer };
  }

  /** The three alternatives of an outcome, in the network's order. */
  async alternatives(
    frame: FrameRef,
    outcome: Outcome,
  ): Promise<{ choice: 1 | 2 | 3; score: number; mask: MaskBitmap }[]> {
    const choices = [1, 2, 3] as const;
    const masks = await this.decoder.finish(frame, outcome.answer, [...choices]);
    return choices.map((choice, i) => ({ choice, score: outcome.answer.scores[choice] ?? 0, mask: masks[i]! }));
  }

  /** The answer of a stage that is kept, which is then the one that was used last. */
  private recalled(frame: FrameRef, prompt: Prompt, stage: number): StageAnswer | null {
    const key = keyOf(frame, prompt, stage);
    const known = this.kept.get(key);
    if (!known) return null;
    this.kept.delete(key);
    this.kept.set(key, known);
    return known;
  }

  private async decoded(
    frame: FrameRef,
    prompt: Prompt,
    stage: number,
    previous: StageAnswer | null,
    finish: Choice | null,
  ): Promise<StageAnswer> {
    const points = prompt.points.slice(0, stage);
    const start = previous || !prompt.start ? null : rleToMask(prompt.start);
    const logits = previous ? logitsOf(previous, 0).slice() : null;
    const answer = await this.decoder.decode(frame, { points, boxXyxy: prompt.boxXyxy, start, logits }, finish);
    this.kept.set(keyOf(frame, prompt, stage), answer);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
    [...this.kept.values()].slice(0, -KEPT_MASKS).forEach((old) => old.masks.clear());
    return answer;
  }
}

/** All that led to the answer of a stage. */
function keyOf(frame: FrameRef, prompt: Prompt, stage: number): string {
  const points = prompt.points.slice(0, stage).map((p) => [p.x, p.y, p.label]);
  return JSON.stringify([frameKey(frame), points, prompt.boxXyxy, prompt.start]);
}
