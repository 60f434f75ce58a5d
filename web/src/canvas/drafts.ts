import type { BoxXyxy, PointXy } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import type { Area } from "./area";

/** What is being drawn and is not yet said to the workbench. Original pixels. */
export type Draft =
  | { readonly kind: "box"; readonly box: BoxXyxy }
  | { readonly kind: "ruler"; readonly id: string | null; readonly from: PointXy; readonly to: PointXy }
  | { readonly kind: "crop"; readonly box: BoxXyxy }
  /** `index` of the redaction that it will replace; -1 for a new one. */
  | { readonly kind: "redaction"; readonly index: number; readonly box: BoxXyxy }
  /** Paint that grows; `changed` is the area of its last stroke. `objectId` is null for an object yet to be made. */
  | {
      readonly kind: "mask";
      readonly objectId: string | null;
      readonly colour: string;
      readonly mask: MaskBitmap;
      readonly changed: Area | null;
    };
