import type { HistoryEntry, ImageDetail, ImageSummary, Rescan, Status } from "../../src/api/answers";
import { Api } from "../../src/api/client";
import { ApiError } from "../../src/api/failure";
import { applied, documentOf, type Document } from "../../src/model/document";
import type { Change, Item, Label } from "../../src/model/items";

/** Size of its images. */
export const SIZE_HW: [number, number] = [20, 30];

interface Stored {
  name: string;
  /** The state of its file. */
  file: string;
  document: Document;
  revision: number;
  entries: HistoryEntry[];
  changes: Map<string, number>;
}

/** The server in memory: several tabs may talk to one. */
export class FakeServer {
  readonly images = new Map<string, Stored>();
  readonly leases = new Map<string, string>();
  labels: Label[] = [];
  labelsRevision = 0;
  isAway = false;
  /** Questions, as "GET /api/images/a", that wait. */
  readonly slow = new Map<string, Promise<void>>();
  /** The next change is refused for good. */
  refusesNext = false;
  /** What the files of images are called now. */
  readonly renamed = new Map<string, string>();
  /** What reading the folder again finds. */
  found: Rescan = { added: 0, moved: 0, missing: 0, total: 0 };
  /** Images whose files are gone. */
  readonly gone = new Set<string>();
  readonly asked: string[] = [];

  constructor(names: string[]) {
    for (const name of names) {
      this.images.set(name, { name, file: "1-a", document: new Map(), revision: 0, entries: [], changes: new Map() });
    }
  }

  /** A tab's way to it. */
  api(): Api {
    return new Api("/api", (input, init) => this.answer(String(input), init));
  }

  itemsOf(name: string): Item[] {
    return [...this.images.get(name)!.document.values()];
  }

  private async answer(url: string, init: RequestInit = {}): Promise<Response> {
    this.asked.push(`${init.method} ${url}`);
    await this.slow.get(`${init.method} ${url}`);
    init.signal?.throwIfAborted();
    if (this.isAway) return Promise.reject(new TypeError("Failed to fetch"));
    const [path = "", query] = url.replace("/api", "").split("?");
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as never) : (undefined as never);
    try {
      const made = this.route(init.method ?? "GET", path, new URLSearchParams(query), body);
      return Promise.resolve(made instanceof Response ? made : Response.json(made));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const told = { detail: error.detail, kind: error.kind, ...error.more };
      return Promise.resolve(Response.json(told, { status: error.status }));
    }
  }

  private route(method: string, path: string, query: URLSearchParams, body: never): unknown {
    if (path === "/status") return this.status();
    if (path === "/labels") return method === "PUT" ? this.putLabels(body) : this.labelList();
    if (path === "/images") return this.page(query);
    if (path === "/images/rescan") return this.found;
    const [, , id = "", ...rest] = path.split("/");
    const image = this.images.get(id);
    if (!image) throw new ApiError(404, "missing", "There is no such image.");
    const route = rest.join("/");
    if (route === "" && this.gone.has(id)) throw new ApiError(410, "gone", `The file ${id} is gone.`);
    if (route === "" && method === "DELETE") return this.remove(image);
    if (route === "") return this.detail(image);
    if (route === "lease") return this.lease(image, body);
    if (route === "lease/release") return this.release(image, body);
    if (route === "changes") return this.change(image, body);
    if (route === "history") {
      const before = Number(query.get("before") ?? Infinity);
      return { entries: image.entries.filter((entry) => entry.revision < before) };
    }
    if (route.endsWith("/embedding")) return new Response(new Float32Array([1]).buffer);
    if (route.endsWith(".png")) return new Response(new Uint8Array([1]));
    if (route.endsWith("/measure")) {
      const { masks, spacingMm } = body as { masks: unknown[]; spacingMm: [number, number] | null };
      return { measurements: masks.map(() => ({ area_px: 1, spacing_x_mm: spacingMm?.[0] ?? null })) };
    }
    throw new ApiError(404, "missing", path);
  }

  private status(): Status {
    return {
      version: "1",
      folder: "folder",
      model: { title: "model", licence: "licence", sha256: null, inputSize: 64, pipeline: "sam" },
      loading: { state: "ready", reason: null },
      decoder: { state: "unavailable", reason: null },
      queue: { waiting: 0, seconds: 0 },
      maxUploadBytes: 1e9,
      labelsRevision: this.labelsRevision,
    };
  }

  private labelList() {
    return { revision: this.labelsRevision, labels: this.labels.map((label) => ({ ...label, objects: 0 })) };
  }

  private putLabels({ labels, baseRevision }: { labels: Label[]; baseRevision: number }) {
    if (JSON.stringify(labels) === JSON.stringify(this.labels)) return this.labelList();
    if (baseRevision !== this.labelsRevision) {
      throw new ApiError(409, "conflict", "The labels were changed meanwhile.");
    }
    this.labels = labels;
    this.labelsRevision++;
    return this.labelList();
  }

  private page(query: URLSearchParams) {
    const found = [...this.images.values()].filter((image) => image.name.includes(query.get("search") ?? ""));
    const offset = Number(query.get("offset"));
    const images = found.slice(offset, offset + Number(query.get("limit"))).map((image) => this.summary(image));
    return { total: found.length, counts: { new: found.length, "in work": 0, done: 0 }, images };
  }

  private summary(image: Stored): ImageSummary {
    const objects = [...image.document.values()].filter((item) => item.kind === "object").length;
    const { name: id, revision } = image;
    const name = this.renamed.get(id) ?? id;
    return { id, name, state: objects ? "in work" : "new", objects, isUpload: false, isMissing: false, revision };
  }

  private detail(image: Stored): ImageDetail {
    return {
      ...this.summary(image),
      format: "PNG",
      frames: 3,
      sizeHw: SIZE_HW,
      isColour: false,
      calibration: "not calibrated",
      regions: [],
      frameTimesS: null,
      details: {},
      burnedIn: { warn: false, reason: "" },
      items: [...image.document.values()],
      changedOnDisk: false,
      file: image.file,
    };
  }

  private remove(image: Stored): unknown {
    if (image.document.size) throw new ApiError(409, "conflict", "It has annotations.");
    this.images.delete(image.name);
    return {};
  }

  private lease(image: Stored, { client, take }: { client: string; take: boolean }) {
    const holder = this.leases.get(image.name);
    const held = take || holder === undefined || holder === client;
    if (held) this.leases.set(image.name, client);
    return { held, byOther: !held, revision: image.revision, file: image.file };
  }

  private release(image: Stored, { client }: { client: string }) {
    if (this.leases.get(image.name) === client) this.leases.delete(image.name);
    return {};
  }

  private change(image: Stored, change: Change): { revision: number } {
    const isRefused = this.refusesNext;
    this.refusesNext = false;
    if (isRefused) throw new ApiError(422, "input", "It is outside the image.");
    const known = image.changes.get(change.id);
    if (known !== undefined) return { revision: known };
    const holder = this.leases.get(image.name);
    if (holder !== undefined && holder !== change.client) throw new ApiError(409, "elsewhere", "Another tab has it.");
    const isLost = (id: string | null) => id !== null && !this.labels.some((label) => label.id === id);
    if (change.put.some((item) => item.kind === "object" && isLost(item.labelId))) {
      throw new ApiError(409, "conflict", "There is no such label.");
    }
    if (change.baseRevision !== image.revision) {
      throw new ApiError(409, "conflict", "Somebody was quicker.", { revision: image.revision });
    }
    const ids = new Set([...change.put.map((item) => item.id), ...change.remove]);
    const before = [...ids].flatMap((id) => image.document.get(id) ?? []);
    image.document = applied(image.document, change);
    const revision = ++image.revision;
    image.changes.set(change.id, revision);
    image.entries.unshift({ revision, client: change.client, at: "", before, after: documentValues(change.put) });
    return { revision };
  }
}

function documentValues(items: Item[]): Item[] {
  return [...documentOf(items).values()];
}
