import { signal, type Signal } from "@preact/signals";

/** What a stage lets others do with its view. */
export interface ViewActions {
  fit(): void;
  actualSize(): void;
  zoomBy(factor: number): void;
}

/** The handle by which buttons and keys move the view; a stage attaches itself when it is mounted. */
export class ViewControls {
  /** CSS pixels for the shorter side of an original pixel. */
  readonly zoom: Signal<number> = signal(1);
  private actions: ViewActions | null = null;

  /** Called by the stage; gives the function that detaches it. */
  attach(actions: ViewActions): () => void {
    this.actions = actions;
    return () => {
      if (this.actions === actions) this.actions = null;
    };
  }

  /** Shows the whole picture. */
  fit(): void {
    this.actions?.fit();
  }

  /** The shorter side of an original pixel is one CSS pixel. */
  actualSize(): void {
    this.actions?.actualSize();
  }

  /** Zooms about the middle of the stage. */
  zoomBy(factor: number): void {
    this.actions?.zoomBy(factor);
  }
}
