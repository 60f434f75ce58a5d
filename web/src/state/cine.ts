/** Playing a cine at its own pace: a frame is shown once its time has come and its pixels are there. */
import { signal } from "@preact/signals";
import { sleep } from "./patience";

/** Where the file does not say. */
const SECONDS_PER_FRAME = 1 / 20;
/** Frames that are fetched at the same time. */
const LANES = 3;
/** How much the time that the last frame took to come counts against that of those before. */
const NEWS = 0.3;

export interface CineWiring {
  frames(): number;
  frame(): number;
  frameTimesS(): readonly number[] | null;
  /** Resolves when the frame's pixels are there. */
  load(index: number): Promise<unknown>;
  show(index: number): void;
  /** A frame could not be had. */
  onFailure(): void;
}

/** A frame, and when it is to be seen, in seconds of the page. */
interface Turn {
  index: number;
  due: number;
}

export class Cine {
  readonly playing = signal(false);
  private round = 0;
  private asked: Turn = { index: 0, due: 0 };
  private shown: Turn = { index: 0, due: 0 };
  /** What a frame takes to come. */
  private seconds = 0;

  constructor(private readonly wiring: CineWiring) {}

  play(): void {
    if (this.playing.value || this.wiring.frames() < 2) return;
    this.playing.value = true;
    this.begin();
  }

  stop(): void {
    this.round++;
    this.playing.value = false;
  }

  private begin(): void {
    this.round++;
    this.asked = this.shown = { index: this.wiring.frame(), due: now() };
    for (let lane = 0; lane < LANES; lane++) void this.run(this.round);
  }

  private async run(round: number): Promise<void> {
    try {
      while (round === this.round) {
        const turn = this.next();
        await this.loaded(turn.index);
        await sleep(turn.due - now());
        if (round !== this.round) return;
        // Somebody went to another frame meanwhile: it goes on from there.
        if (this.wiring.frame() !== this.shown.index) return this.begin();
        if (turn.due < this.shown.due) continue;
        this.shown = turn;
        this.wiring.show(turn.index);
      }
    } catch (error) {
      console.warn("The cine stopped.", error);
      if (round === this.round) this.wiring.onFailure();
    }
  }

  /** The frame to ask for; what would come too late is passed over, as slow motion would be another heart rate. */
  private next(): Turn {
    let { index, due } = this.asked;
    const earliest = now() + this.seconds;
    do {
      due += this.secondsAfter(index);
      index = (index + 1) % this.wiring.frames();
    } while (due < earliest);
    return (this.asked = { index, due });
  }

  private async loaded(index: number): Promise<void> {
    const start = now();
    await this.wiring.load(index);
    this.seconds += (now() - start - this.seconds) * NEWS;
  }

  private secondsAfter(frame: number): number {
    const times = this.wiring.frameTimesS();
    const seconds = times ? (times[frame + 1] ?? NaN) - (times[frame] ?? NaN) : NaN;
    return seconds > 0 && seconds < 5 ? seconds : SECONDS_PER_FRAME;
  }
}

function now(): number {
  return performance.now() / 1000;
}
