/** A workbench of plain signals whose actions are spies: what the panels show is set by hand. */
import { computed, signal, type Signal } from "@preact/signals";
import { vi } from "vitest";
import type { CountedLabel, ImageDetail, ImageSummary, Measurements, Status } from "../../src/api/answers";
import { FRESH_IMAGE_ITEM, type ImageItem, type Item, type ObjectItem, type RulerItem } from "../../src/model/items";
import { calibrationOf } from "../../src/model/calibration";
import type { MaskBitmap } from "../../src/model/mask";
import type { RulerLength } from "../../src/model/rulers";
import { stretchOf } from "../../src/model/stretch";
import type { Candidate, FramePixels, Notice, Readiness, Saving, Tool, Upload } from "../../src/state/kinds";
import type { Workbench } from "../../src/state/workbench";

const resolved = () => vi.fn(() => Promise.resolve());

export class FakeWorkbench {
  readonly status: Signal<Status | null> = signal(STATUS);
  readonly reachable = signal(true);
  readonly images: Signal<readonly (ImageSummary | undefined)[]> = signal([]);
  readonly total = signal(0);
  readonly counts = signal({ new: 0, "in work": 0, done: 0 });
  readonly unreadable: Signal<ReadonlySet<string>> = signal(new Set());
  readonly labels: Signal<CountedLabel[]> = signal([]);
  readonly uploads: Signal<Upload[]> = signal([]);
  readonly notices: Signal<Notice[]> = signal([]);
  readonly search = signal("");
  readonly stateFilter = signal(null);
  readonly image: Signal<ImageDetail | null> = signal(null);
  readonly isOpening = signal(false);
  readonly frame = signal(0);
  readonly pixels: Signal<FramePixels | null> = signal(null);
  readonly playing = signal(false);
  readonly items: Signal<ReadonlyMap<string, Item>> = signal(new Map());
  readonly objectsHere: Signal<ObjectItem[]> = signal([]);
  readonly rulersHere: Signal<RulerItem[]> = signal([]);
  readonly annotatedFrames: Signal<number[]> = signal([]);
  readonly imageItem: Signal<ImageItem> = signal(FRESH_IMAGE_ITEM);
  readonly calibration = computed(() => calibrationOf(this.image.value, this.imageItem.value.spacingMm));
  readonly stretch = computed(() => stretchOf(this.calibration.value.regions));
  readonly selectedId: Signal<string | null> = signal(null);
  readonly selected = computed(() => this.objectsHere.value.find(({ id }) => id === this.selectedId.value) ?? null);
  readonly readiness: Signal<Readiness> = signal({ kind: "ready" });
  readonly hover: Signal<MaskBitmap | null> = signal(null);
  readonly candidates: Signal<Candidate[]> = signal([]);
  readonly measurements: Signal<ReadonlyMap<string, Measurements>> = signal(new Map());
  readonly saving: Signal<Saving> = signal({ kind: "saved", message: "" });
  readonly isReplaced = signal(false);
  readonly canUndo = signal(false);
  readonly canRedo = signal(false);
  readonly isReadOnly = signal(false);
  readonly tool: Signal<Tool> = signal<Tool>("point");
  readonly brushRadius = signal(12);
  readonly window = signal(255);
  readonly level = signal(127.5);
  readonly invert = signal(false);
  readonly opacity = signal(0.4);
  readonly overlayVisible = signal(true);

  readonly resetDisplay = vi.fn();
  readonly openImage = resolved();
  readonly next = resolved();
  readonly previous = resolved();
  readonly setFrame = vi.fn();
  readonly play = vi.fn();
  readonly pause = vi.fn();
  readonly refreshImages = resolved();
  readonly ensureImages = vi.fn();
  readonly upload = resolved();
  readonly deleteUpload = resolved();
  readonly thumbnailUrl = vi.fn(() => "");
  readonly newObject = vi.fn(() => "new");
  readonly select = vi.fn();
  readonly removeBox = resolved();
  readonly useMaskAsPrompt = resolved();
  readonly choose = resolved();
  readonly relabel = vi.fn();
  readonly setColour = vi.fn();
  readonly setVisible = vi.fn();
  readonly setLocked = vi.fn();
  readonly remove = vi.fn();
  readonly duplicateToFrame = resolved();
  readonly reorder = vi.fn();
  readonly putLabels = resolved();
  readonly setCrop = vi.fn();
  readonly removeRedaction = vi.fn();
  readonly setState = vi.fn();
  readonly setNote = vi.fn();
  readonly setSpacing = vi.fn((spacingMm: ImageItem["spacingMm"]) => {
    this.imageItem.value = { ...this.imageItem.value, spacingMm };
  });
  readonly undo = vi.fn();
  readonly redo = vi.fn();
  readonly takeOver = resolved();
  readonly exportUrl = vi.fn((formats: string[], states: string[]) => `/api/export?${formats.join()}&${states.join()}`);
  readonly maskOf = vi.fn(() => null);
  readonly colourOf = vi.fn((object: ObjectItem) => object.colour ?? "#4cc9f0");
  readonly lengthOf = vi.fn((): RulerLength => ({ px: 100, mm: null }));
  readonly dismiss = vi.fn();
  readonly dismissAll = vi.fn();

  /** The panels do not know that it is not the real one. */
  get asWorkbench(): Workbench {
    return this as unknown as Workbench;
  }
}

export const STATUS: Status = {
  version: "0.0.0",
  folder: "images",
  model: { title: "UltraSam tiny", licence: "Apache-2.0", sha256: null, inputSize: 512, pipeline: "sam" },
  loading: { state: "ready", reason: null },
  decoder: { state: "ready", reason: null },
  queue: { waiting: 0, seconds: 0 },
  maxUploadBytes: 1,
  labelsRevision: 0,
};

/** Measures of a mask, calibrated at 0.5 mm per pixel or not. */
export function measures(isCalibrated: boolean): Measurements {
  const mm = (value: number) => (isCalibrated ? value : null);
  return {
    area_px: 12345,
    perimeter_px: 410.25,
    longest_diameter_px: 150.04,
    shortest_diameter_px: 99.96,
    ellipse_major_axis_px: 149,
    ellipse_minor_axis_px: 101,
    ellipse_circumference_px: 396.5,
    ellipse_angle_deg: 30,
    centroid_x_px: 400,
    centroid_y_px: 300,
    components: 1,
    area_mm2: mm(3086.25),
    perimeter_mm: mm(205.13),
    longest_diameter_mm: mm(75.02),
    shortest_diameter_mm: mm(49.98),
    ellipse_major_axis_mm: mm(74.5),
    ellipse_minor_axis_mm: mm(50.5),
    ellipse_circumference_mm: mm(198.25),
    spacing_x_mm: mm(0.5),
    spacing_y_mm: mm(0.5),
    calibration: isCalibrated ? "DICOM region 1 (2D tissue)" : "not calibrated",
  };
}
