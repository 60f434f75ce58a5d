type Work = () => void;

/** Work that is done once before the screen's next frame, however often it was asked for; drawing comes last. */
export class FrameQueue {
  private readonly works = new Map<string, Work>();
  private draw: Work | null = null;
  private isAsked = false;

  constructor(private readonly request: (run: () => void) => unknown = (run) => requestAnimationFrame(run)) {}

  /** Does the newest work of this name. */
  later(name: string, work: Work): void {
    this.works.set(name, work);
    this.ask();
  }

  /** Draws after all other work of the next frame. */
  drawLater(draw: Work): void {
    this.draw = draw;
    this.ask();
  }

  /** Forgets what waits under this name, or everything. */
  drop(name?: string): void {
    if (name !== undefined) this.works.delete(name);
    else {
      this.works.clear();
      this.draw = null;
    }
  }

  private ask(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    this.request(() => this.run());
  }

  private run(): void {
    const works = [...this.works.values()];
    this.works.clear();
    for (const work of works) work();
    const draw = this.draw;
    this.draw = null;
    this.isAsked = false;
    draw?.();
    if (this.works.size > 0) this.ask();
  }
}
