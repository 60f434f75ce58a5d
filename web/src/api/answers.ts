/** The server's answers by the names that the page uses; the build checks them against the generated schema. */
import type { BoxXyxy, ImageState, Item, Label, Point, Rle, SpacingXy } from "../model/items";

export type PipelineName = "sam" | "medsam" | "ultrasam";

export interface ModelInfo {
  title: string;
  licence: string;
  sha256: string | null;
  /** Side of the square that the network sees. */
  inputSize: number;
  pipeline: PipelineName;
}

export interface Status {
  version: string;
  /** Name of the folder, not its path. */
  folder: string;
  /** Null until it is loaded. */
  model: ModelInfo | null;
  loading: { state: "loading" | "ready" | "failed"; reason: string | null };
  decoder: { state: "ready" | "making" | "unavailable"; reason: string | null };
  queue: { waiting: number; seconds: number };
  maxUploadBytes: number;
  labelsRevision: number;
}

export interface ImageSummary {
  id: string;
  /** Path relative to the folder. */
  name: string;
  state: ImageState;
  objects: number;
  isUpload: boolean;
  isMissing: boolean;
  revision: number;
}

export type StateCounts = Record<ImageState, number>;

export interface ImagePage {
  total: number;
  counts: StateCounts;
  images: ImageSummary[];
}

/** What reading the folder again found, in numbers of images. */
export interface Rescan {
  added: number;
  /** Renamed or moved files whose annotations went along. */
  moved: number;
  missing: number;
  total: number;
}

/** A part of the picture with its own calibration; `spacingMm` is millimetres per pixel in x and y. */
export interface Region {
  boxXyxy: BoxXyxy;
  spacingMm: SpacingXy | null;
  kind: string;
}

export interface ImageDetail extends ImageSummary {
  format: string;
  frames: number;
  sizeHw: [number, number];
  isColour: boolean;
  calibration: string;
  regions: Region[];
  /** Seconds from the first frame to each; null where the file does not say. */
  frameTimesS: number[] | null;
  details: Record<string, string>;
  burnedIn: { warn: boolean; reason: string };
  items: Item[];
  changedOnDisk: boolean;
  /** The state of its file, as `LeaseAnswer` has it. */
  file: string;
}

/** Low-resolution logits: base64 of little-endian float32, row by row. */
export interface EncodedLogits {
  shape: [number, number];
  float32: string;
}

export interface SegmentObject {
  points: Point[];
  boxXyxy: BoxXyxy | null;
  mask: Rle | EncodedLogits | null;
}

export interface SegmentRequest {
  objects: SegmentObject[];
  multimask: boolean | null;
  refine: boolean | null;
  candidates: boolean;
  logits: boolean;
}

export interface SegmentMask {
  mask: Rle;
  score: number;
  logits?: EncodedLogits | null;
}

export interface SegmentResult extends SegmentMask {
  /** Masks 1 to 3 in the network's order. */
  candidates?: SegmentMask[] | null;
}

export interface SegmentAnswer {
  results: SegmentResult[];
}

/** Measures of one mask; null is what is not known (not calibrated, or nothing to measure). */
export interface Measurements {
  area_px: number;
  perimeter_px: number | null;
  longest_diameter_px: number | null;
  shortest_diameter_px: number | null;
  ellipse_major_axis_px: number | null;
  ellipse_minor_axis_px: number | null;
  ellipse_circumference_px: number | null;
  ellipse_angle_deg: number | null;
  centroid_x_px: number | null;
  centroid_y_px: number | null;
  components: number;
  area_mm2: number | null;
  perimeter_mm: number | null;
  longest_diameter_mm: number | null;
  shortest_diameter_mm: number | null;
  ellipse_major_axis_mm: number | null;
  ellipse_minor_axis_mm: number | null;
  ellipse_circumference_mm: number | null;
  spacing_x_mm: number | null;
  spacing_y_mm: number | null;
  /** What the millimetres rest on and whether to doubt them, or "not calibrated". */
  calibration: string;
}

export interface HistoryEntry {
  revision: number;
  client: string;
  at: string;
  before: Item[];
  after: Item[];
}

export interface LeaseAnswer {
  held: boolean;
  byOther: boolean;
  revision: number;
  /** Another one after each writing of the file; null where it is not there. */
  file: string | null;
}

export interface CountedLabel extends Label {
  objects: number;
}

export interface LabelList {
  revision: number;
  labels: CountedLabel[];
}

export type ExportFormat = "coco" | "png" | "nifti" | "csv";
