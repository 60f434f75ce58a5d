/** Tabs with real workbenches at one fake server; `decoder` and `replaceDecoder` are about the tab opened last. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { Conversation } from "../../src/decoding/conversation";
import { IndexedOutbox } from "../../src/model/outbox";
import { Decoders } from "../../src/state/decoders";
import { Workbench } from "../../src/state/workbench";
import { FakeDecoder } from "../decoding/fake_decoder";
import { FakeServer } from "./fake_server";

export let server: FakeServer;
let factory: IDBFactory;
export let decoder: FakeDecoder;
let decoders: Decoders;
let open: Workbench[];

/** To be called once by a file of tests: each has a server, and a browser, of its own. */
export function useTabs(): void {
  beforeEach(() => {
    server = new FakeServer(["a.png", "b.png", "c.png"]);
    [factory, open] = [new IDBFactory(), []];
    vi.stubGlobal("createImageBitmap", () => Promise.resolve({ width: 30, height: 20, close: () => undefined }));
    vi.stubGlobal(
      "OffscreenCanvas",
      class {
        private data = new Uint8ClampedArray(2400);

        getContext() {
          return {
            drawImage: () => undefined,
            putImageData: (pixels: ImageData) => (this.data = pixels.data),
            getImageData: () => ({ data: this.data }),
          };
        }
      },
    );
    vi.stubGlobal(
      "ImageData",
      class {
        readonly data: Uint8ClampedArray;

        constructor(width: number, height: number) {
          this.data = new Uint8ClampedArray(4 * width * height);
        }
      },
    );
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
  });

  afterEach(() => {
    open.forEach((workbench) => workbench.stop());
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

/** Opens a tab, and waits until one can click. */
export async function tab(client: string): Promise<Workbench> {
  const api = server.api();
  decoders = new Decoders(api, null);
  replaceDecoder();
  const workbench = new Workbench(api, decoders, await IndexedOutbox.open("test", factory), client);
  open.push(workbench);
  await workbench.start();
  await until(() => workbench.readiness.value.kind === "ready");
  return workbench;
}

/** The decoder moves to another place, as it does when the browser has loaded its own. */
export function replaceDecoder(): void {
  decoder = new FakeDecoder();
  decoders.current.value = { decoder, conversation: new Conversation(decoder) };
}

export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5000, interval: 5 });
}

export const isSaved = (workbench: Workbench) => workbench.saving.value.kind === "saved";

/** Holds back the decoder's answers; gives what lets them go. */
export function gate(): () => void {
  let release = () => {};
  decoder.gate = new Promise((done) => (release = done));
  return release;
}
