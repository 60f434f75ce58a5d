/** What an archive may hold, in words. */
import type { ExportFormat } from "../api/answers";
import type { ImageState } from "../model/items";

export const FORMATS: readonly { format: ExportFormat; name: string; text: string }[] = [
  {
    format: "coco",
    name: "COCO",
    text: "coco.json with the images as PNG: boxes, masks and labels, for training.",
  },
  {
    format: "png",
    name: "PNG masks",
    text: "A picture for each object, and one of label numbers for each image or frame.",
  },
  {
    format: "nifti",
    name: "NIfTI",
    text: "A volume for each structure, with its spacing, for 3D Slicer or ITK-SNAP.",
  },
  {
    format: "csv",
    name: "Measurements",
    text: "A table: area, perimeter, diameters and ellipse of each object, in mm where calibrated.",
  },
];

export const STATES: readonly { state: ImageState; name: string }[] = [
  { state: "new", name: "New" },
  { state: "in work", name: "In work" },
  { state: "done", name: "Done" },
];

/** Why nothing can be exported, or null. */
export function whyNoExport(
  formats: readonly ExportFormat[],
  states: readonly ImageState[],
  images: number,
): string | null {
  if (formats.length === 0) return "Choose at least one format.";
  if (states.length === 0) return "Choose the images by their state.";
  if (images === 0) return "No image is in the states that you chose.";
  return null;
}

/** A copy of a list with one entry put in or taken out. */
export function toggled<T>(list: readonly T[], entry: T): T[] {
  return list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry];
}
