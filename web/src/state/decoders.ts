/** Which decoder answers: the server at first, this browser as soon as the graph is there and runs. */
import { signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { Status } from "../api/answers";
import { ApiError } from "../api/failure";
import { BrowserDecoder } from "../decoding/browser_decoder";
import { Conversation } from "../decoding/conversation";
import type { Decoder } from "../decoding/decoder";
import { ServerDecoder } from "../decoding/server_decoder";

export interface Answering {
  decoder: Decoder;
  conversation: Conversation;
}

type ServedModel = NonNullable<Status["model"]>;

/** As {@link BrowserDecoder.start} does. */
export type StartBrowserDecoder = (
  graph: ArrayBuffer,
  model: ServedModel,
  mayUseGpu: boolean,
) => Promise<Decoder & { lost: Promise<Error> }>;

export class Decoders {
  readonly current = signal<Answering>(undefined as never);
  private isTried = false;
  private mayUseGpu = true;
  private movedWith: ServedModel | null = null;

  constructor(
    private readonly api: Api,
    private readonly startInBrowser: StartBrowserDecoder | null = typeof Worker === "undefined"
      ? null
      : (graph, model, mayUseGpu) => BrowserDecoder.start(graph, model, mayUseGpu),
  ) {
    this.use(new ServerDecoder(api));
  }

  /** Load the graph once the status says that there is one. The official pipeline has two passes: the server's. */
  async follow({ model, decoder }: Status): Promise<void> {
    if (this.isTried || !model || decoder.state !== "ready") return;
    this.isTried = true;
    if (model.pipeline !== "ultrasam") await this.moveIntoBrowser(model);
  }

  private async moveIntoBrowser(model: ServedModel): Promise<void> {
    if (!this.startInBrowser) return;
    try {
      const started = await this.startInBrowser(await this.api.decoderGraph(), model, this.mayUseGpu);
      const answering = this.use(started);
      this.movedWith = model;
      void started.lost.then((error) => this.replace(error, answering));
    } catch (error) {
      // Whether it runs here is not known yet.
      if (error instanceof ApiError && error.kind === "unreachable") this.isTried = false;
      console.warn("The decoder does not run in this browser, so the server decodes.", error);
    }
  }

  /**
   * A decoder failed while working. In the place of this browser's comes the server, and, the first time, another one
   * in this browser as soon as it runs, without the graphics card.
   *
   * @returns Whether another one than the one that failed answers from now on.
   */
  replace(error: unknown, failed: Answering): boolean {
    if (failed !== this.current.value) return true;
    if (!failed.decoder.needsEmbedding) return false;
    console.warn("The decoder in this browser failed, so the server decodes.", error);
    this.use(new ServerDecoder(this.api));
    failed.decoder.close();
    if (this.mayUseGpu && this.movedWith) {
      this.mayUseGpu = false;
      void this.moveIntoBrowser(this.movedWith);
    }
    return true;
  }

  /** Whether a status might still bring the decoder into the browser. */
  mayImprove(status: Status | null): boolean {
    return !this.isTried && status?.decoder.state !== "unavailable" && status?.loading.state !== "failed";
  }

  close(): void {
    this.current.value.decoder.close();
  }

  private use(decoder: Decoder): Answering {
    return (this.current.value = { decoder, conversation: new Conversation(decoder) });
  }
}
