/** What must be said above the image, from what is known about it. */
import type { ImageDetail } from "../api/answers";
import type { ImageItem } from "../model/items";
import type { Saving } from "../state/kinds";

export interface BannerFacts {
  image: ImageDetail | null;
  imageItem: ImageItem;
  saving: Saving;
  isReadOnly: boolean;
  isReachable: boolean;
  /** The file was written anew after it was opened. */
  isReplaced: boolean;
  /** The user looked at the picture and found nothing to hide. */
  isLookedAt: boolean;
}

export interface BannerText {
  id:
    "unreachable" | "elsewhere" | "conflict" | "missing" | "readOnly" | "failed" | "replaced" | "changed" | "burnedIn";
  kind: "warning" | "error";
  text: string;
  /** The button that helps, if there is one. */
  action: "takeOver" | "reload" | "openAgain" | "maskOut" | null;
  /** The button by which the user says that all is well; "" for none. */
  dismissal: string;
}

/** The banners, the gravest first. */
export function bannersOf(facts: BannerFacts): BannerText[] {
  return [...gravest(facts).map((banner) => ({ ...banner, dismissal: "" })), ...burnedInOf(facts)];
}

function gravest({ image, saving, isReadOnly, isReachable, isReplaced }: BannerFacts): Omit<BannerText, "dismissal">[] {
  const banners: Omit<BannerText, "dismissal">[] = [];
  if (!isReachable) {
    banners.push({
      id: "unreachable",
      kind: "error",
      text: "The server does not answer. Your work is kept in this browser and is sent when it is back.",
      action: null,
    });
  }
  if (!image) return banners;
  if (saving.kind === "elsewhere") {
    banners.push({
      id: "elsewhere",
      kind: "warning",
      text: "This image is open in another tab or by somebody else. You can look, but not change it.",
      action: "takeOver",
    });
  } else if (saving.kind === "conflict") {
    banners.push({
      id: "conflict",
      kind: "error",
      text: saving.message || "This image was changed elsewhere meanwhile. Load what is there now to go on.",
      action: "reload",
    });
  } else if (saving.kind === "failed") {
    banners.push({
      id: "failed",
      kind: "error",
      text: saving.message || "The last change could not be saved.",
      action: null,
    });
  }
  if (image.isMissing) {
    banners.push({
      id: "missing",
      kind: "error",
      text: "The file is no longer in the folder. Its annotation is kept; put the file back to go on.",
      action: null,
    });
  } else if (isReadOnly && saving.kind !== "elsewhere" && saving.kind !== "conflict") {
    banners.push({
      id: "readOnly",
      kind: "warning",
      text: "This image can be looked at, but not changed, now.",
      action: null,
    });
  }
  if (isReplaced) {
    banners.push({
      id: "replaced",
      kind: "warning",
      text: "The file was written anew while it was open here. You see what it was before.",
      action: "openAgain",
    });
  }
  if (image.changedOnDisk) {
    banners.push({
      id: "changed",
      kind: "warning",
      text: "The file was changed after it was annotated. Check that the masks still fit.",
      action: null,
    });
  }
  return banners;
}

/** Until the user says that he looked: where one name was masked out, another may still show. */
function burnedInOf({ image, imageItem, isReadOnly, isLookedAt }: BannerFacts): BannerText[] {
  if (!image?.burnedIn.warn || imageItem.state === "done" || isLookedAt) return [];
  const isBegun = imageItem.crop !== null || imageItem.redactions.length > 0;
  return [
    {
      id: "burnedIn",
      kind: "warning",
      text: image.burnedIn.reason || "The picture may show a name or other text: look before you share it.",
      action: isReadOnly ? null : "maskOut",
      dismissal: isBegun ? "Nothing else to hide" : "Nothing to hide",
    },
  ];
}
