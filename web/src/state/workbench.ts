/** The one object that the canvas and the panels talk to: signals to read, actions to call. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { ExportFormat } from "../api/answers";
import { messageOf } from "../api/failure";
import { calibrationOf } from "../model/calibration";
import type {
  BoxXyxy,
  Choice,
  ImageState,
  Label,
  ObjectItem,
  PointLabel,
  PointXy,
  RulerItem,
  SpacingXy,
} from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { rulerLength, type RulerLength } from "../model/rulers";
import { stretchOf } from "../model/stretch";
import { readAddress, type Address } from "./address";
import { paletteColour } from "./colours";
import type { Notice, Tool } from "./kinds";
import type { Reversal } from "./labelling";
import { Parts } from "./parts";
import { listen, react } from "./reactions";
import { BRUSH_RANGE, isNumberIn, remembered } from "./settings";

export type * from "./kinds";

const OPACITY = 0.4;

export class Workbench extends Parts {
  private readonly ends: (() => void)[] = [];

  // What the server told.
  readonly status = this.server.status;
  readonly reachable = this.server.reachable;
  /** As long as `total`; what was not asked for yet by `ensureImages` is undefined. */
  readonly images = this.catalogue.images;
  /** Images that fit search and filter. */
  readonly total = this.catalogue.total;
  readonly counts = this.catalogue.counts;
  /** Images that could not be opened: damaged files, or of a kind that cannot be read. */
  readonly unreadable = this.catalogue.unreadable;
  readonly uploads = this.catalogue.uploads;
  /** May be set by the page; the list follows. */
  readonly search = this.catalogue.search;
  readonly stateFilter = this.catalogue.stateFilter;
  readonly labels = this.labelling.labels;
  readonly notices = this.board.notices;

  // The open image.
  readonly image = this.work.image;
  readonly isOpening = this.work.isOpening;
  readonly saving = this.work.saving;
  readonly isReplaced = this.work.isReplaced;
  readonly frame = this.showing.frame;
  readonly pixels = this.showing.pixels;
  readonly playing = this.showing.cine.playing;
  readonly items = this.work.annotation.items;
  /** Objects of this frame by position, lowest first. */
  readonly objectsHere = computed(() => {
    const here = this.work.annotation.objects().filter((item) => item.frame === this.frame.value);
    return here.sort((a, b) => a.position - b.position);
  });
  readonly rulersHere = computed(() => this.work.annotation.rulers().filter((item) => item.frame === this.frame.value));
  /** Frames that have objects, ascending. */
  readonly annotatedFrames = computed(() =>
    [...new Set(this.work.annotation.objects().map((item) => item.frame))].sort((a, b) => a - b),
  );
  readonly imageItem = this.work.annotation.imageItem;
  /** What millimetres rest on. */
  readonly calibration = computed(() => calibrationOf(this.image.value, this.imageItem.value.spacingMm ?? null));
  /** How its picture is shown in its true shape. */
  readonly stretch = computed(() => stretchOf(this.calibration.value.regions));
  readonly selectedId = this.editing.selectedId;
  readonly selected = computed(() => {
    void this.items.value;
    return this.work.annotation.object(this.selectedId.value);
  });
  readonly readiness = this.encoding.readiness;
  readonly hover = this.hovering.mask;
  readonly candidates = this.prompting.candidates;
  readonly measurements = this.measuring.measurements;
  readonly canUndo = computed(
    () => (this.work.annotation.history.value.canUndo || this.work.annotation.hasDrafts) && !this.isReadOnly.value,
  );
  readonly canRedo = computed(() => this.work.annotation.history.value.canRedo && !this.isReadOnly.value);
  /** Where masks are computed: "WebGPU", "WebAssembly, 2 threads", "server". */
  readonly decoderPlace = computed(() => this.decoders.current.value.decoder.where);

  // How it is shown; the page sets these itself.
  readonly tool = signal<Tool>("point");
  /** Shorter sides of an original pixel. */
  readonly brushRadius = remembered("brushRadius", 12, isNumberIn(BRUSH_RANGE.min, BRUSH_RANGE.max));
  /** Grey levels, 0 to 255: width and centre of what is spread from black to white. */
  readonly window = signal(255);
  readonly level = signal(127.5);
  readonly invert = signal(false);
  readonly opacity = remembered("opacity", OPACITY, isNumberIn(0, 1));
  readonly overlayVisible = signal(true);

  /** Status, labels and images, then the image of the address or the first one. */
  async start(): Promise<void> {
    const { work, catalogue, decoders, encoding, measuring, prompting, showing } = this;
    const { objectsHere, selected, isDecoding } = this;
    const parts = { work, catalogue, decoders, encoding, measuring, prompting, showing };
    const go = ({ imageId, frame }: Address) => imageId && void this.openImage(imageId, frame);
    this.ends.push(react({ ...parts, objectsHere, selected, isDecoding }), listen(work, go));
    this.ends.push(effect(() => this.masks.keep(objectsHere.value)));
    const imageId = computed(() => this.image.value?.id);
    this.ends.push(effect(() => void (imageId.value && untracked(() => this.resetWindow()))));
    await Promise.all([this.server.ask(), this.catalogue.start(), this.labelling.load().catch(() => undefined)]);
    const address = readAddress(globalThis.location?.hash ?? "");
    const id = address.imageId ?? this.images.value.find((image) => !image?.isMissing)?.id;
    if (id) await this.openImage(id, address.frame);
    if (id && !address.imageId && this.unreadable.value.has(id)) await this.next();
    this.sendLeftovers();
  }

  /** Timers end, the lease is given back. */
  stop(): void {
    this.server.stop();
    this.showing.stop();
    this.measuring.stop();
    this.catalogue.stop();
    this.work.hide();
    this.decoders.close();
    this.ends.forEach((end) => end());
  }

  // Moving about.
  /** An image, at its first frame or the one said; one that is open already keeps its frame unless one is said. */
  openImage(id: string, frame?: number): Promise<void> {
    return this.navigating.open(id, frame);
  }

  next(): Promise<void> {
    return this.navigating.step(1);
  }

  previous(): Promise<void> {
    return this.navigating.step(-1);
  }

  setFrame(t: number): void {
    this.showing.go(t);
  }

  play(): void {
    this.showing.cine.play();
  }

  pause(): void {
    this.showing.pause();
  }

  /** The folder is read again. */
  async refreshImages(): Promise<void> {
    await this.catalogue.rescan();
    await this.work.lookAgain();
  }

  /** Have the images about this place of the list loaded. */
  ensureImages(offset: number): void {
    void this.catalogue.ensure(offset);
  }

  async upload(files: File[]): Promise<void> {
    const first = await this.catalogue.upload(files, this.status.value?.maxUploadBytes ?? Infinity);
    if (first) await this.openImage(first.id);
  }

  deleteUpload(id: string): Promise<void> {
    return this.navigating.deleteUpload(id);
  }

  thumbnailUrl(id: string): string {
    return this.api.thumbnailUrl(id);
  }

  // Objects and prompts.
  newObject(): string {
    return this.editing.newObject();
  }
  select(id: string | null): void {
    this.editing.select(id);
  }
  /** A point is added to the selected object, or begins a new one. */
  click(x: number, y: number, label: PointLabel): Promise<void> {
    this.hovering.off();
    return this.editing.click(x, y, label);
  }
  box(boxXyxy: BoxXyxy): Promise<void> {
    return this.editing.box(boxXyxy);
  }
  movePoint(id: string, index: number, x: number, y: number, how: { commit: boolean }): Promise<void> {
    return this.editing.movePoint(id, index, x, y, how);
  }
  togglePoint(id: string, index: number): Promise<void> {
    return this.editing.togglePoint(id, index);
  }
  removePoint(id: string, index: number): Promise<void> {
    return this.editing.removePoint(id, index);
  }
  moveBox(id: string, boxXyxy: BoxXyxy, how: { commit: boolean }): Promise<void> {
    return this.editing.moveBox(id, boxXyxy, how);
  }
  removeBox(id: string): Promise<void> {
    return this.editing.removeBox(id);
  }
  useMaskAsPrompt(id: string): Promise<void> {
    return this.editing.useMaskAsPrompt(id);
  }
  choose(id: string, choice: Choice): Promise<void> {
    return this.editing.choose(id, choice);
  }
  /** What a brush painted; `id` null begins a new object, whose id is given back. */
  setMask(id: string | null, mask: MaskBitmap): string {
    return this.editing.setMask(id, mask);
  }
  hoverAt(x: number, y: number, label: PointLabel): void {
    const prompt = this.editing.imagined({ x, y, label });
    const frame = this.showing.ref(this.frame.value);
    if (prompt && frame) this.hovering.at({ frame, prompt });
    else this.hovering.off();
  }
  hoverOff(): void {
    this.hovering.off();
  }
  relabel(id: string, labelId: string | null): void {
    this.labelling.lastUsed = labelId;
    this.editing.alter(id, { labelId });
  }
  setColour(id: string, colour: string | null): void {
    this.editing.alter(id, { colour });
  }
  setVisible(id: string, visible: boolean): void {
    this.editing.alter(id, { visible });
  }
  setLocked(id: string, locked: boolean): void {
    this.editing.alter(id, { locked });
  }
  /** An object or a ruler. */
  remove(id: string): void {
    this.editing.remove(id);
  }
  /** The same structure on frame t: same track and label, begun with this mask. */
  async duplicateToFrame(id: string, t: number): Promise<void> {
    if (t < 0 || t >= (this.image.value?.frames ?? 0)) return;
    const item = await this.editing.carryOn(id, t);
    if (!item) return;
    this.setFrame(t);
    this.select(item.id);
  }
  /** The objects of this frame in their new order, lowest first. */
  reorder(ids: string[]): void {
    this.editing.reorder(ids);
  }

  // The rest of the annotation.
  /** Rejects with the server's sentence where it refuses the list. */
  async putLabels(labels: Label[]): Promise<void> {
    this.offerReversal(await this.labelling.put(labels));
  }
  addRuler(from: PointXy, to: PointXy): string {
    return this.editing.addRuler(from, to);
  }
  moveRuler(id: string, from: PointXy, to: PointXy): void {
    this.editing.moveRuler(id, from, to);
  }
  setCrop(box: BoxXyxy | null): void {
    this.editing.image(() => ({ crop: box && this.editing.inside(box) }));
  }
  addRedaction(box: BoxXyxy): void {
    const inside = this.editing.inside(box);
    if (inside) this.editing.image((old) => ({ redactions: [...old.redactions, inside] }));
  }
  moveRedaction(index: number, box: BoxXyxy): void {
    const inside = this.editing.inside(box);
    if (inside) this.editing.image((old) => ({ redactions: old.redactions.map((r, i) => (i === index ? inside : r)) }));
  }
  removeRedaction(index: number): void {
    this.editing.image((old) => ({ redactions: old.redactions.filter((_, i) => i !== index) }));
  }
  setState(state: ImageState): void {
    this.editing.image(() => ({ state }));
  }
  setNote(note: string): void {
    this.editing.image(() => ({ note }));
  }

  /** Millimetres per pixel of the whole image in the place of what its file says; null for that. */
  setSpacing(spacingMm: SpacingXy | null): void {
    this.editing.image(() => ({ spacingMm }));
  }

  undo(): void {
    this.travel("undo");
  }
  redo(): void {
    this.travel("redo");
  }
  /** What is altered until endGesture is one undo step. */
  beginGesture(): void {
    this.work.annotation.beginGesture();
  }
  endGesture(): void {
    this.work.annotation.endGesture();
  }
  /** This tab takes the image over from another one, or loads what is newer on the server. */
  takeOver(): Promise<void> {
    return this.work.takeOver();
  }

  exportUrl(formats: ExportFormat[], states: ImageState[]): string {
    return this.api.exportUrl(formats, states);
  }
  /** An object's mask at the original size; the same bitmap as long as the mask is the same. */
  maskOf(item: ObjectItem): MaskBitmap | null {
    return this.masks.of(item);
  }
  /** "#rrggbb": its own colour, else its label's, else one by its position. */
  colourOf(item: ObjectItem): string {
    return item.colour ?? this.labelling.colourOf(item.labelId) ?? paletteColour(item.position);
  }
  /** Length of a ruler, with mm where both ends lie in one calibrated region. */
  lengthOf(ruler: Pick<RulerItem, "from" | "to">): RulerLength {
    return rulerLength(ruler.from, ruler.to, this.calibration.value.regions);
  }
  /** Window, level, invert and opacity as at first. */
  resetDisplay(): void {
    batch(() => {
      this.resetWindow();
      this.invert.value = false;
      this.opacity.value = OPACITY;
      this.overlayVisible.value = true;
    });
  }
  say(kind: Notice["kind"], text: string): void {
    this.board.say(kind, text);
  }
  dismiss(id: number): void {
    this.board.dismiss(id);
  }
  dismissAll(): void {
    this.board.dismissAll();
  }

  /** The list of labels belongs to all images: its edits are taken back beside the message, not with an image's. */
  private offerReversal(reversal: Reversal | null, isUndone = false): void {
    if (!reversal) return;
    const act = async () => {
      try {
        this.offerReversal(await reversal(), !isUndone);
      } catch (error) {
        this.say("error", messageOf(error));
      }
    };
    const text = isUndone ? "The labels are as they were before." : "The labels are changed.";
    this.board.say("info", text, { name: isUndone ? "Redo" : "Undo", act: () => void act() });
  }

  /** The grey levels of one picture say nothing of the next one's. */
  private resetWindow(): void {
    this.window.value = 255;
    this.level.value = 127.5;
  }

  private travel(direction: "undo" | "redo"): void {
    if (this.refusal() !== null) return;
    const { annotation } = this.work;
    const { hasDrafts } = annotation;
    this.prompting.cancel();
    // What has no mask yet is not in the document: taking it back is all that is to be undone.
    const edit = hasDrafts && direction === "undo" ? null : annotation[direction]((id) => this.labelling.has(id));
    const touched = edit?.touched.find((item) => item.kind !== "image");
    if (touched && touched.frame !== this.frame.value) this.setFrame(touched.frame);
    if (touched?.kind === "object") this.select(touched.id);
    if (annotation.object(this.selectedId.value) === null) this.select(null);
  }
}
