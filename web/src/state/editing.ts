/** What a user does to objects, rulers and the image; what one action alters is one undo step. */
import { signal } from "@preact/signals";
import { saysSomething } from "../decoding/prompts";
import { boxInside, isInside, pointInside } from "../model/geometry";
import { newId } from "../model/ids";
import {
  EMPTY_PROMPT,
  type BoxXyxy,
  type Choice,
  type ImageItem,
  type ObjectItem,
  type Point,
  type PointLabel,
  type PointXy,
  type Prompt,
  type RulerItem,
} from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { maskToRle } from "../model/rle";
import type { Annotation } from "./annotation";
import type { Notice } from "./kinds";
import type { Masks } from "./masks";
import type { Prompting } from "./prompting";

export interface EditingWiring {
  annotation: Annotation;
  masks: Masks;
  prompting: Prompting;
  frame(): number;
  sizeHw(): readonly [number, number] | null;
  /** Why nothing can be changed now; null where it can, "" where that is not worth a notice. */
  refusal(): string | null;
  labelForNew(): string | null;
  say(kind: Notice["kind"], text: string): void;
}

export class Editing {
  readonly selectedId = signal<string | null>(null);

  constructor(private readonly wiring: EditingWiring) {}

  select(id: string | null): void {
    const before = this.selectedId.value;
    if (before === id) return;
    this.selectedId.value = id;
    if (before !== null) this.dropIfEmpty(before);
  }

  /** An empty object to be clicked; it is kept once it has a prompt. */
  newObject(): string {
    const item = this.fresh();
    if (this.mayEdit()) {
      this.wiring.annotation.draft(item);
      this.select(item.id);
    }
    return item.id;
  }

  async click(x: number, y: number, label: PointLabel): Promise<void> {
    const size = this.wiring.sizeHw();
    if (!size || !isInside(x, y, size) || !this.mayEdit()) return;
    const item = this.target();
    if (!item) return;
    if (label === 0 && !saysSomething(item.prompt)) {
      this.wiring.say("info", "Click into the structure first; then take away what does not belong to it.");
      return;
    }
    this.selectedId.value = item.id;
    await this.wiring.prompting.commit(item, withPoint(item.prompt, { x, y, label }));
  }

  async box(box: BoxXyxy): Promise<void> {
    const inside = this.inside(box);
    if (!inside || !this.mayEdit()) return;
    const item = this.target();
    if (!item) return;
    this.selectedId.value = item.id;
    await this.wiring.prompting.commit(item, { ...item.prompt, boxXyxy: inside, choice: 0 });
  }

  async movePoint(id: string, index: number, x: number, y: number, { commit }: { commit: boolean }): Promise<void> {
    const size = this.wiring.sizeHw();
    if (!size) return;
    const [px, py] = pointInside(x, y, size);
    await this.prompt(id, (old) => withPointAt(old, index, (point) => ({ ...point, x: px, y: py })), commit);
  }

  async togglePoint(id: string, index: number): Promise<void> {
    await this.prompt(id, (old) =>
      withPointAt(old, index, (point) => ({ ...point, label: point.label === 1 ? 0 : 1 })),
    );
  }

  async removePoint(id: string, index: number): Promise<void> {
    await this.prompt(id, (old) => ({ ...old, points: old.points.filter((_, i) => i !== index), choice: 0 }));
  }

  async moveBox(id: string, box: BoxXyxy, { commit }: { commit: boolean }): Promise<void> {
    const inside = this.inside(box);
    if (inside) await this.prompt(id, (old) => ({ ...old, boxXyxy: inside, choice: 0 }), commit);
  }

  async removeBox(id: string): Promise<void> {
    await this.prompt(id, (old) => ({ ...old, boxXyxy: null, choice: 0 }));
  }

  async useMaskAsPrompt(id: string): Promise<void> {
    const mask = this.wiring.annotation.object(id)?.mask;
    if (mask) await this.prompt(id, () => ({ ...EMPTY_PROMPT, start: mask }));
  }

  async choose(id: string, choice: Choice): Promise<void> {
    await this.prompt(id, (old) => ({ ...old, choice }));
  }

  /** What a brush painted. */
  setMask(id: string | null, mask: MaskBitmap): string {
    const { annotation, masks, prompting } = this.wiring;
    const item = annotation.object(id) ?? this.fresh();
    if (!this.mayEdit(item)) return item.id;
    prompting.forget(item.id);
    const rle = mask.isEmpty ? null : maskToRle(mask);
    if (rle) masks.know(rle, mask);
    annotation.dropDraft(item.id);
    annotation.put({ ...item, mask: rle, score: null, origin: "brush", prompt: { ...EMPTY_PROMPT, start: rle } });
    this.select(item.id);
    return item.id;
  }

  /** Alter what is no prompt: label, colour, visibility, lock, order. */
  alter(id: string, change: Partial<Pick<ObjectItem, "labelId" | "colour" | "visible" | "locked" | "position">>): void {
    const { annotation } = this.wiring;
    if (!this.mayEdit()) return;
    const draft = annotation.drafts.value.get(id);
    if (draft) {
      const altered = { ...draft, ...change };
      this.wiring.masks.lend(altered, this.wiring.masks.of(draft));
      annotation.draft(altered);
    }
    const item = annotation.document.value.get(id);
    if (item?.kind === "object") annotation.put({ ...item, ...change });
  }

  remove(id: string): void {
    const { annotation, prompting } = this.wiring;
    const item = annotation.items.value.get(id);
    if (!item || (item.kind === "object" && !this.mayEdit(item)) || !this.mayEdit()) return;
    prompting.forget(id);
    annotation.dropDraft(id);
    if (this.selectedId.value === id) this.selectedId.value = null;
    if (annotation.document.value.has(id)) annotation.edit({ put: [], remove: [id] });
  }

  /** The same structure on another frame, begun with this mask. */
  async carryOn(id: string, frame: number): Promise<ObjectItem | null> {
    const { annotation, prompting } = this.wiring;
    const item = annotation.object(id);
    if (!item?.mask || !this.mayEdit()) return null;
    const already = annotation.objects().find((other) => other.frame === frame && other.track === item.track);
    if (already) {
      this.wiring.say("info", "This structure is outlined on that frame already.");
      return already;
    }
    const next: ObjectItem = {
      ...item,
      id: newId(),
      frame,
      locked: false,
      mask: null,
      score: null,
      prompt: { ...EMPTY_PROMPT, start: item.mask },
    };
    void prompting.commit(next, next.prompt);
    return next;
  }

  reorder(ids: string[]): void {
    if (!this.mayEdit()) return;
    const items = ids.map((id) => this.wiring.annotation.document.value.get(id));
    const objects = items.filter((item): item is ObjectItem => item?.kind === "object");
    const moved = objects.map((item, position) => ({ ...item, position }));
    this.wiring.annotation.put(...moved.filter((item, index) => item.position !== objects[index]?.position));
  }

  addRuler(from: PointXy, to: PointXy): string {
    const ruler: RulerItem = { kind: "ruler", id: newId(), frame: this.wiring.frame(), from, to, visible: true };
    if (this.mayEdit()) this.wiring.annotation.put(ruler);
    return ruler.id;
  }

  moveRuler(id: string, from: PointXy, to: PointXy): void {
    const ruler = this.wiring.annotation.document.value.get(id);
    if (ruler?.kind === "ruler" && this.mayEdit()) this.wiring.annotation.put({ ...ruler, from, to });
  }

  image(change: (old: ImageItem) => Partial<ImageItem>): void {
    if (!this.mayEdit()) return;
    const old = this.wiring.annotation.imageItem.value;
    this.wiring.annotation.put({ ...old, ...change(old) });
  }

  /** A box cut to the image; null if nothing is left of it. */
  inside(box: BoxXyxy): BoxXyxy | null {
    const size = this.wiring.sizeHw();
    return size && boxInside(box, size);
  }

  /** What a click at a place would ask, for the preview; null where a click would ask nothing. */
  imagined(point: Point): Prompt | null {
    const size = this.wiring.sizeHw();
    if (!size || !isInside(point.x, point.y, size) || this.wiring.refusal() !== null) return null;
    const item = this.selectedHere();
    if (item?.locked) return null;
    const prompt = item?.prompt ?? EMPTY_PROMPT;
    return point.label === 0 && !saysSomething(prompt) ? null : withPoint(prompt, point);
  }

  private async prompt(id: string, change: (old: Prompt) => Prompt, commit = true): Promise<void> {
    const item = this.wiring.annotation.object(id);
    if (!item || !this.mayEdit(item)) return;
    const prompt = change(item.prompt);
    if (commit) await this.wiring.prompting.commit(item, prompt);
    else this.wiring.prompting.try(item, prompt);
  }

  /** The selected object of this frame, or a new one; null, with a notice, where it is locked. */
  private target(): ObjectItem | null {
    const item = this.selectedHere() ?? this.fresh();
    return this.mayEdit(item) ? item : null;
  }

  private selectedHere(): ObjectItem | null {
    const item = this.wiring.annotation.object(this.selectedId.value);
    return item?.frame === this.wiring.frame() ? item : null;
  }

  private fresh(): ObjectItem {
    const frame = this.wiring.frame();
    const positions = this.wiring.annotation.objects().flatMap((item) => (item.frame === frame ? [item.position] : []));
    const id = newId();
    return {
      kind: "object",
      id,
      frame,
      labelId: this.wiring.labelForNew(),
      colour: null,
      visible: true,
      locked: false,
      position: Math.max(-1, ...positions) + 1,
      prompt: EMPTY_PROMPT,
      mask: null,
      score: null,
      origin: "model",
      track: id,
    };
  }

  private dropIfEmpty(id: string): void {
    const { annotation } = this.wiring;
    const draft = annotation.drafts.value.get(id);
    if (draft && !saysSomething(draft.prompt)) annotation.dropDraft(id);
  }

  private mayEdit(item?: ObjectItem): boolean {
    const refusal = this.wiring.refusal();
    if (refusal) this.wiring.say("warning", refusal);
    if (refusal !== null) return false;
    if (item?.locked) this.wiring.say("info", "This object is locked.");
    return !item?.locked;
  }
}

/** The alternatives belong to the prompt that they were chosen for. */
function withPoint(prompt: Prompt, point: Point): Prompt {
  return { ...prompt, points: [...prompt.points, point], choice: 0 };
}

function withPointAt(prompt: Prompt, index: number, change: (point: Point) => Point): Prompt {
  return { ...prompt, points: prompt.points.map((point, i) => (i === index ? change(point) : point)), choice: 0 };
}
