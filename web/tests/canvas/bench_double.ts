import { computed, signal, type Signal } from "@preact/signals";
import type { ImageDetail } from "../../src/api/answers";
import type { Bench } from "../../src/canvas/bench";
import { FRESH_IMAGE_ITEM, type ImageItem, type ObjectItem, type RulerItem } from "../../src/model/items";
import { MaskBitmap } from "../../src/model/mask";
import { UNSTRETCHED, type Stretch } from "../../src/model/stretch";
import type { FramePixels, Readiness, Tool } from "../../src/state/kinds";
import { imageDetail, objectItem } from "../fixtures/items";

/** A workbench without a server: it keeps what it is told, and writes down every action. */
export class BenchDouble implements Bench {
  readonly calls: [string, ...unknown[]][] = [];
  readonly masks = new Map<string, MaskBitmap>();
  readonly image: Signal<ImageDetail | null>;
  readonly frame = signal(0);
  readonly pixels = signal<FramePixels | null>(null);
  readonly objectsHere = signal<ObjectItem[]>([]);
  readonly rulersHere = signal<RulerItem[]>([]);
  readonly imageItem = signal<ImageItem>(FRESH_IMAGE_ITEM);
  readonly stretch = signal<Stretch>(UNSTRETCHED);
  readonly selectedId = signal<string | null>(null);
  readonly selected = computed(() => this.objectsHere.value.find(({ id }) => id === this.selectedId.value) ?? null);
  readonly tool = signal<Tool>("point");
  readonly brushRadius = signal(12);
  readonly window = signal(255);
  readonly level = signal(127.5);
  readonly invert = signal(false);
  readonly opacity = signal(0.4);
  readonly overlayVisible = signal(true);
  readonly readiness = signal<Readiness>({ kind: "ready" });
  readonly hover = signal<MaskBitmap | null>(null);
  readonly isReadOnly = signal(false);

  pause(): void {}

  constructor(width = 100, height = 80) {
    this.image = signal<ImageDetail | null>(imageDetail({ sizeHw: [height, width] }));
  }

  /** The names of what was called, hoverOff left out because it is called freely. */
  get said(): string[] {
    return this.calls.map(([name]) => name).filter((name) => name !== "hoverOff");
  }

  /** The arguments of the last call of a name. */
  last(name: string): unknown[] {
    return this.calls.findLast(([each]) => each === name)?.slice(1) ?? [];
  }

  select(id: string | null): void {
    this.note("select", id);
    this.selectedId.value = id;
  }
  async click(x: number, y: number, label: 0 | 1): Promise<void> {
    this.note("click", x, y, label);
    let id = this.selectedId.value;
    if (id === null) {
      id = `object-${this.objectsHere.value.length + 1}`;
      this.objectsHere.value = [...this.objectsHere.value, objectItem(id)];
      this.selectedId.value = id;
    }
    this.alterPrompt(id, ({ points, ...rest }) => ({ ...rest, points: [...points, { x, y, label }] }));
  }
  async box(box: [number, number, number, number]): Promise<void> {
    this.note("box", box);
  }
  async movePoint(id: string, index: number, x: number, y: number, how: { commit: boolean }): Promise<void> {
    this.note("movePoint", id, index, x, y, how.commit);
    this.alterPrompt(id, ({ points, ...rest }) => ({
      ...rest,
      points: points.map((point, each) => (each === index ? { ...point, x, y } : point)),
    }));
  }
  async removePoint(id: string, index: number): Promise<void> {
    this.note("removePoint", id, index);
    this.alterPrompt(id, ({ points, ...rest }) => ({ ...rest, points: points.toSpliced(index, 1) }));
  }
  async moveBox(id: string, box: [number, number, number, number], how: { commit: boolean }): Promise<void> {
    this.note("moveBox", id, box, how.commit);
  }
  async removeBox(id: string): Promise<void> {
    this.note("removeBox", id);
  }
  setMask(id: string | null, mask: MaskBitmap): string {
    this.note("setMask", id, mask);
    const known = id ?? `object-${this.objectsHere.value.length + 1}`;
    this.masks.set(known, mask);
    if (id === null) this.objectsHere.value = [...this.objectsHere.value, objectItem(known)];
    else this.objectsHere.value = [...this.objectsHere.value];
    this.selectedId.value = known;
    return known;
  }
  hoverAt(x: number, y: number, label: 0 | 1): void {
    this.note("hoverAt", x, y, label);
  }
  hoverOff(): void {
    this.note("hoverOff");
    this.hover.value = null;
  }
  addRuler(from: [number, number], to: [number, number]): string {
    this.note("addRuler", from, to);
    return "ruler";
  }
  moveRuler(id: string, from: [number, number], to: [number, number]): void {
    this.note("moveRuler", id, from, to);
  }
  remove(id: string): void {
    this.note("remove", id);
  }
  setCrop(box: [number, number, number, number] | null): void {
    this.note("setCrop", box);
    this.imageItem.value = { ...this.imageItem.value, crop: box };
  }
  addRedaction(box: [number, number, number, number]): void {
    this.note("addRedaction", box);
    this.imageItem.value = { ...this.imageItem.value, redactions: [...this.imageItem.value.redactions, box] };
  }
  moveRedaction(index: number, box: [number, number, number, number]): void {
    this.note("moveRedaction", index, box);
  }
  removeRedaction(index: number): void {
    this.note("removeRedaction", index);
  }
  maskOf(item: ObjectItem): MaskBitmap | null {
    return this.masks.get(item.id) ?? null;
  }
  colourOf(item: ObjectItem): string {
    return item.colour ?? "#00bcd4";
  }
  lengthOf(ruler: Pick<RulerItem, "from" | "to">): { px: number; mm: number | null } {
    return { px: Math.hypot(ruler.to[0] - ruler.from[0], ruler.to[1] - ruler.from[1]), mm: null };
  }
  say(kind: string, text: string): void {
    this.note("say", kind, text);
  }

  private note(name: string, ...given: unknown[]): void {
    this.calls.push([name, ...given]);
  }

  private alterPrompt(id: string, alter: (prompt: ObjectItem["prompt"]) => ObjectItem["prompt"]): void {
    this.objectsHere.value = this.objectsHere.value.map((object) =>
      object.id === id ? { ...object, prompt: alter(object.prompt) } : object,
    );
  }
}
