/** The server's routes as typed calls. A token travels as a cookie, so that nothing is to be done here. */
import type { Change, ImageState, Label, Rle, SpacingXy } from "../model/items";
import type {
  ExportFormat,
  HistoryEntry,
  ImageDetail,
  ImagePage,
  ImageSummary,
  LabelList,
  LeaseAnswer,
  Measurements,
  Rescan,
  SegmentAnswer,
  SegmentRequest,
  Status,
} from "./answers";
import { ApiError } from "./failure";
import { sent, type Progress } from "./sending";

/**
 * Longest wait for short answers, milliseconds: a network that swallows what is sent is as good as a server that is
 * away. What is sent again does no harm.
 */
const PATIENCE_MS = 20_000;

/** An embedding `(1, C, S/16, S/16)`, or a place in the queue. */
export type EmbeddingAnswer = { values: Float32Array } | { position: number; seconds: number };

export class Api {
  constructor(
    private readonly base: string = "/api",
    private readonly fetching: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  status(): Promise<Status> {
    return this.json("GET", "/status", undefined, PATIENCE_MS);
  }

  images(query: { search?: string; state?: ImageState | null; offset?: number; limit?: number }): Promise<ImagePage> {
    const { search, state, offset = 0, limit = 200 } = query;
    return this.json("GET", `/images${asked({ search: search || null, state, offset, limit })}`);
  }

  rescan(): Promise<Rescan> {
    return this.json("POST", "/images/rescan");
  }

  upload(file: File, progress: Progress, signal?: AbortSignal): Promise<ImageSummary> {
    return sent<ImageSummary>(`${this.base}/images${asked({ name: file.name })}`, file, progress, signal);
  }

  async deleteImage(id: string): Promise<void> {
    await this.answer("DELETE", image(id));
  }

  image(id: string): Promise<ImageDetail> {
    return this.json("GET", image(id));
  }

  thumbnailUrl(id: string): string {
    return `${this.base}${image(id)}/thumbnail`;
  }

  async framePng(id: string, frame: number, signal?: AbortSignal): Promise<Blob> {
    return (await this.answer("GET", `${image(id)}/frames/${frame}.png`, undefined, signal)).blob();
  }

  /** Wait up to `wait` milliseconds for a frame's embedding; `ahead`: only have it made, when nobody waits. */
  async embedding(
    id: string,
    frame: number,
    { wait = 2000, ahead = false, signal }: { wait?: number; ahead?: boolean; signal?: AbortSignal } = {},
  ): Promise<EmbeddingAnswer> {
    const path = `${image(id)}/frames/${frame}/embedding${asked({ wait, ahead })}`;
    const response = await this.answer("GET", path, undefined, signal);
    if (response.status === 202) return (await response.json()) as { position: number; seconds: number };
    return { values: new Float32Array(await response.arrayBuffer()) };
  }

  segment(id: string, frame: number, request: SegmentRequest): Promise<SegmentAnswer> {
    return this.json("POST", `${image(id)}/frames/${frame}/segment`, request);
  }

  /** @param spacingMm in the place of what the file says; null for that. */
  measure(
    id: string,
    frame: number,
    masks: Rle[],
    spacingMm: SpacingXy | null = null,
  ): Promise<{ measurements: Measurements[] }> {
    return this.json("POST", `${image(id)}/frames/${frame}/measure`, { masks, spacingMm });
  }

  change(id: string, change: Change): Promise<{ revision: number }> {
    return this.json("POST", `${image(id)}/changes`, change, PATIENCE_MS);
  }

  history(id: string, before: number | null = null, limit = 50): Promise<{ entries: HistoryEntry[] }> {
    return this.json("GET", `${image(id)}/history${asked({ before, limit })}`);
  }

  lease(id: string, client: string, take: boolean): Promise<LeaseAnswer> {
    return this.json("POST", `${image(id)}/lease`, { client, take }, PATIENCE_MS);
  }

  /** Give a lease back; also while the page goes away. */
  release(id: string, client: string): void {
    const url = `${this.base}${image(id)}/lease/release`;
    const text = JSON.stringify({ client });
    const body = new Blob([text], { type: "application/json" });
    if ((globalThis.navigator as Partial<Navigator> | undefined)?.sendBeacon?.(url, body)) return;
    const headers = { "Content-Type": "application/json" };
    // A lease that is not given back ends by itself.
    void this.fetching(url, { method: "POST", body: text, headers, keepalive: true }).catch(() => undefined);
  }

  labels(): Promise<LabelList> {
    return this.json("GET", "/labels");
  }

  putLabels(baseRevision: number, labels: Label[]): Promise<LabelList> {
    return this.json("PUT", "/labels", { baseRevision, labels });
  }

  exportUrl(formats: ExportFormat[], states: ImageState[]): string {
    return `${this.base}/export${asked({ formats: formats.join(","), states: states.join(",") })}`;
  }

  async decoderGraph(): Promise<ArrayBuffer> {
    return (await this.answer("GET", "/decoder.onnx")).arrayBuffer();
  }

  private async json<T>(method: string, path: string, body?: unknown, patienceMs?: number): Promise<T> {
    const late = patienceMs === undefined ? undefined : AbortSignal.timeout(patienceMs);
    try {
      return (await (await this.answer(method, path, body, late)).json()) as T;
    } catch (error) {
      throw late?.aborted ? ApiError.unreachable() : error;
    }
  }

  private async answer(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const init: RequestInit = { method, signal: signal ?? null };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    const response = await this.fetching(this.base + path, init).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw ApiError.unreachable();
    });
    if (!response.ok) throw await ApiError.of(response);
    return response;
  }
}

function image(id: string): string {
  return `/images/${encodeURIComponent(id)}`;
}

function asked(values: Record<string, string | number | boolean | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text && `?${text}`;
}
