/** The workbench's parts, one for each concern, and how they are wired to each other. */
import { computed, type ReadonlySignal } from "@preact/signals";
import { Api } from "../api/client";
import { ApiError } from "../api/failure";
import type { FrameRef } from "../decoding/stage";
import { newId } from "../model/ids";
import { MemoryOutbox, type Outbox } from "../model/outbox";
import { Catalogue } from "./catalogue";
import { Decoders, type Answering } from "./decoders";
import { Editing } from "./editing";
import { Encoding } from "./encoding";
import { Hovering } from "./hovering";
import { ImageWork } from "./image_work";
import type { Notice } from "./kinds";
import { Labelling } from "./labelling";
import { sendLeftovers } from "./leftovers";
import { Masks } from "./masks";
import { Measuring } from "./measuring";
import { Navigating } from "./navigating";
import { Notices } from "./notices";
import { Pictures } from "./pictures";
import { Prompting } from "./prompting";
import { ServerWatch } from "./server_watch";
import { Showing } from "./showing";

export class Parts {
  protected readonly masks = new Masks();
  protected readonly board = new Notices();
  protected readonly catalogue: Catalogue;
  protected readonly labelling: Labelling;
  protected readonly encoding: Encoding;
  protected readonly measuring: Measuring;
  protected readonly work: ImageWork;
  protected readonly showing: Showing;
  protected readonly prompting: Prompting;
  protected readonly hovering: Hovering;
  protected readonly editing: Editing;
  protected readonly navigating: Navigating;
  protected readonly server: ServerWatch;
  /** From a click until its mask is in the document. */
  readonly isDecoding: ReadonlySignal<boolean>;
  /** Another tab holds this image, or the file is missing. */
  readonly isReadOnly: ReadonlySignal<boolean>;

  constructor(
    protected readonly api: Api = new Api(),
    protected readonly decoders: Decoders = new Decoders(api),
    private readonly outbox: Outbox = new MemoryOutbox(),
    private readonly client: string = newId(),
  ) {
    const say = (kind: Notice["kind"], text: string) => this.board.say(kind, text);
    this.catalogue = new Catalogue(api, say);
    this.labelling = new Labelling(api);
    this.encoding = new Encoding(api, decoders);
    this.measuring = new Measuring(api);
    const knownLabels = () => this.labelling.fresh();
    this.work = new ImageWork({ api, outbox, client, say, knownLabels, onReplaced: () => this.prompting.cancel() });
    const { annotation } = this.work;
    this.showing = new Showing({
      image: this.work.image,
      pictures: new Pictures(api),
      encoding: this.encoding,
      onFrame: (index) => this.onFrame(index),
      say,
    });
    this.prompting = new Prompting({
      annotation,
      masks: this.masks,
      frameRef: (index) => this.showing.ref(index),
      ready: (frame) => this.encoding.ready(frame),
      replaceDecoder: (error, failed) => decoders.replace(error, failed),
      say,
    });
    this.isDecoding = computed(() => this.prompting.pending.value > 0);
    this.isReadOnly = computed(() => this.work.isElsewhere.value || (this.work.image.value?.isMissing ?? true));
    this.hovering = new Hovering(
      (frame) => this.idleAnswering(frame),
      (frame) => this.encoding.arrival(frame),
    );
    this.editing = new Editing({
      annotation,
      masks: this.masks,
      prompting: this.prompting,
      frame: () => this.showing.frame.peek(),
      sizeHw: () => this.work.image.peek()?.sizeHw ?? null,
      refusal: () => this.refusal(),
      labelForNew: () => this.labelling.forNewObject(),
      say,
    });
    const { work, catalogue, showing, prompting, hovering, editing } = this;
    this.navigating = new Navigating({ api, work, catalogue, showing, prompting, hovering, editing, say });
    this.server = new ServerWatch(api, {
      onStatus: (status) => {
        void decoders.follow(status);
        void this.labelling.follow(status.labelsRevision).catch(() => undefined);
      },
      onReturn: () => this.onReturn(),
      isHasty: (status) => decoders.mayImprove(status),
      onError: (text) => say("error", text),
    });
  }

  /** Why nothing can be changed now; null where it can, "" where that is not worth a notice. */
  protected refusal(): string | null {
    if (this.work.isOpening.peek() || !this.work.image.peek()) return "";
    if (this.work.isElsewhere.peek()) return "This image is open in another tab: take it over to change it here.";
    return this.isReadOnly.peek() ? "The file of this image is missing, so that it cannot be changed." : null;
  }

  /** Changes of other images that the server was not told. */
  protected sendLeftovers(): void {
    const wiring = {
      api: this.api,
      outbox: this.outbox,
      client: this.client,
      isOpen: (id: string) => this.work.openingId === id || this.work.image.peek()?.id === id,
      knownLabels: () => this.labelling.fresh(),
      say: (kind: Notice["kind"], text: string) => this.board.say(kind, text),
    };
    void sendLeftovers(wiring).catch((error) => console.warn(error));
  }

  /** The server answers again: what could not be had meanwhile is asked for once more. */
  private onReturn(): void {
    this.board.withdraw(ApiError.unreachable().detail);
    this.work.resume();
    this.sendLeftovers();
    this.showing.again();
    this.measuring.again();
    if (!this.catalogue.total.peek()) void this.catalogue.reload();
  }

  private onFrame(index: number): void {
    this.hovering.off();
    const selected = this.work.annotation.object(this.editing.selectedId.value);
    if (selected && selected.frame !== index) this.editing.select(null);
  }

  private idleAnswering(frame: FrameRef): Answering | null {
    const answering = this.decoders.current.value;
    const isReady = this.encoding.readiness.value.kind === "ready";
    return isReady && !this.isDecoding.value && answering.decoder.holds(frame) ? answering : null;
  }
}
