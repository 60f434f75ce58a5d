/** Changes of images that are not open, left by a page that was closed before the server had them. */
import type { Api } from "../api/client";
import type { Outbox } from "../model/outbox";
import { Saver } from "../model/saving";
import type { Notice } from "./kinds";

export interface LeftoversWiring {
  api: Api;
  outbox: Outbox;
  client: string;
  /** Whether an image is open by now: it sends its own. */
  isOpen(imageId: string): boolean;
  knownLabels(): Promise<ReadonlySet<string>>;
  say(kind: Notice["kind"], text: string): void;
}

/** Send them, image by image, as far as no other tab works there. What belongs to another project is left alone. */
export async function sendLeftovers({ api, outbox, client, isOpen, knownLabels, say }: LeftoversWiring): Promise<void> {
  for (const imageId of await outbox.images()) {
    if (isOpen(imageId)) continue;
    const lease = await api.lease(imageId, client, false).catch(() => null);
    if (!lease?.held) continue;
    const wiring = {
      imageId,
      client,
      outbox,
      knownLabels,
      send: api.change.bind(api, imageId),
      onState: () => undefined,
      onStale: (refusal: string | null) => refusal && say("error", `The server refused an earlier change: ${refusal}`),
      later: () => () => undefined,
    };
    const saver = new Saver(wiring, lease.revision, await outbox.pending(imageId));
    saver.resume();
    await saver.rested();
    if (!isOpen(imageId)) api.release(imageId, client);
  }
}
