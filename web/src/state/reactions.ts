/** What follows from what: the effects that tie the workbench's parts together, and the window's events. */
import { effect, untracked, type ReadonlySignal } from "@preact/signals";
import type { ObjectItem } from "../model/items";
import { readAddress, type Address } from "./address";
import type { Catalogue } from "./catalogue";
import type { Decoders } from "./decoders";
import type { Encoding } from "./encoding";
import type { ImageWork } from "./image_work";
import type { Measuring } from "./measuring";
import type { Prompting } from "./prompting";
import type { Showing } from "./showing";

export interface Parts {
  work: ImageWork;
  catalogue: Catalogue;
  decoders: Decoders;
  encoding: Encoding;
  measuring: Measuring;
  prompting: Prompting;
  showing: Showing;
  objectsHere: ReadonlySignal<ObjectItem[]>;
  selected: ReadonlySignal<ObjectItem | null>;
  isDecoding: ReadonlySignal<boolean>;
}

/** Begin; gives what ends it. */
export function react(parts: Parts): () => void {
  const { work, catalogue, decoders, encoding, measuring, prompting, showing } = parts;
  const { annotation, image } = work;
  const isDraft = (item: ObjectItem) => annotation.drafts.value.has(item.id);
  const ends = [
    effect(() => {
      const objects = parts.objectsHere.value.filter((item) => item.mask && !isDraft(item));
      if (image.value) {
        const { spacingMm } = annotation.imageItem.value;
        measuring.show(image.value.id, showing.frame.value, objects, spacingMm ?? null);
      }
    }),
    effect(() => {
      const mayOffer = encoding.readiness.value.kind === "ready" && !parts.isDecoding.value;
      const item = parts.selected.value;
      if (item && (!mayOffer || isDraft(item))) untracked(() => prompting.keepOffering(item.id));
      else void untracked(() => prompting.offer(item));
    }),
    effect(() => {
      const objects = [...annotation.document.value.values()].filter((item) => item.kind === "object").length;
      const { state } = annotation.imageItem.value;
      const id = image.value?.id;
      if (id !== undefined) untracked(() => catalogue.patch(id, { objects, state }));
    }),
    effect(() => {
      void decoders.current.value;
      untracked(() => showing.encode());
    }),
    effect(() => {
      if (encoding.readiness.value.kind === "ready") untracked(() => lookAhead(parts));
    }),
  ];
  return () => ends.forEach((end) => end());
}

/** The window's events; gives what ends it. */
export function listen(work: ImageWork, go: (address: Address) => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const listeners: [string, (event: Event) => void][] = [
    ["pagehide", () => work.hide()],
    ["pageshow", (event) => (event as PageTransitionEvent).persisted && work.show()],
    ["hashchange", () => go(readAddress(window.location.hash))],
  ];
  listeners.forEach(([name, call]) => window.addEventListener(name, call));
  return () => listeners.forEach(([name, call]) => window.removeEventListener(name, call));
}

function lookAhead({ work, catalogue, showing }: Parts): void {
  const image = work.image.value;
  const next = image && catalogue.images.value[catalogue.placeOf(image.id) + 1];
  showing.lookAhead(next && !next.isMissing ? next.id : null);
}
