/** Types only: what the page calls by its own names is what the server's document says. Checked by the compiler. */
import type * as Own from "./answers";
import type { components } from "./schema";
import type { Change, Item, Label, Rle, SpacingXy } from "../model/items";

type Told = components["schemas"];

/** Fails to compile unless the second fits the first. */
type Fits<Wanted, Given extends Wanted> = Given;

/** What comes from the server fits what the page reads. */
export type Answers = [
  Fits<Own.Status, Told["Status"]>,
  Fits<Omit<Own.ImagePage, "counts">, Omit<Told["ImageList"], "counts">>,
  Fits<Own.ImageSummary, Told["ImageSummary"]>,
  Fits<Own.Rescan, Told["Rescan"]>,
  Fits<Own.LeaseAnswer, Told["LeaseAnswer"]>,
  Fits<Own.LabelList, Told["LabelsAnswer"]>,
  Fits<Own.SegmentAnswer, Told["SegmentAnswer"]>,
  Fits<{ measurements: Own.Measurements[] }, Told["MeasureAnswer"]>,
  Fits<Omit<Own.ImageDetail, "items">, Omit<Told["ImageDetail"], "items">>,
  Fits<Omit<Own.HistoryEntry, "before" | "after">, Omit<Told["HistoryEntry"], "before" | "after">>,
];

/** What the page sends fits what the server takes. */
export type Questions = [
  Fits<Told["Change"], Change>,
  Fits<Told["Change"]["put"][number], Item>,
  Fits<Told["LabelsRequest"], { baseRevision: number; labels: Label[] }>,
  Fits<Told["SegmentRequest"], Own.SegmentRequest>,
  Fits<Told["MeasureRequest"], { masks: Rle[]; spacingMm: SpacingXy | null }>,
];
