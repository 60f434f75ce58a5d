import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../src/api/failure";
import type { Change, RulerItem } from "../../src/model/items";
import { IndexedOutbox } from "../../src/model/outbox";
import { Saver, type Saving } from "../../src/model/saving";

/** A server of one image as design has it: whole or not at all, and the same change id once. */
class Server {
  revision = 0;
  readonly known = new Map<string, number>();
  readonly applied: Change[] = [];
  /** Errors for the next sendings, in order; "lost": it is applied, and the answer gets lost. */
  faults: (ApiError | "lost" | null)[] = [];

  async send(change: Change): Promise<{ revision: number }> {
    const fault = this.faults.shift();
    if (fault instanceof ApiError) throw fault;
    const revision = this.known.get(change.id) ?? this.apply(change);
    if (fault === "lost") throw ApiError.unreachable();
    return Promise.resolve({ revision });
  }

  private apply(change: Change): number {
    if (change.baseRevision !== this.revision) {
      throw new ApiError(409, "conflict", "Somebody was quicker.", { revision: this.revision });
    }
    this.applied.push(change);
    this.known.set(change.id, ++this.revision);
    return this.revision;
  }
}

function ruler(x: number): RulerItem {
  return { kind: "ruler", id: `r${x}`, frame: 0, from: [x, 0], to: [x, 9], visible: true };
}

let factory: IDBFactory;
let outbox: IndexedOutbox;
let server: Server;
let states: Saving[];
let stale: (string | null)[];
let waits: { seconds: number; call: () => void }[];

beforeEach(async () => {
  factory = new IDBFactory();
  outbox = await IndexedOutbox.open("test", factory);
  server = new Server();
  [states, stale, waits] = [[], [], []];
});

function saverOf(revision = 0, unsent: Change[] = [], client = "tab"): Saver {
  return new Saver(
    {
      imageId: "image",
      client,
      outbox,
      send: (change) => server.send(change),
      knownLabels: () => Promise.resolve(new Set(["known"])),
      onState: (state) => states.push(state),
      onStale: (refusal) => stale.push(refusal),
      later: (seconds, call) => {
        const wait = { seconds, call };
        waits.push(wait);
        return () => (waits = waits.filter((other) => other !== wait));
      },
    },
    revision,
    unsent,
  );
}

function put(saver: Saver, ...xs: number[]): void {
  for (const x of xs) saver.push({ put: [ruler(x)], remove: [] });
}

async function timeGoesOn(saver: Saver): Promise<number> {
  const wait = waits.shift()!;
  wait.call();
  await saver.rested();
  return wait.seconds;
}

describe("saving", () => {
  it("sends changes one after the other and empties the outbox", async () => {
    const saver = saverOf();
    put(saver, 1, 2, 3);
    await saver.rested();
    expect(server.applied.map((change) => [change.baseRevision, change.put[0]?.id])).toEqual([
      [0, "r1"],
      [1, "r2"],
      [2, "r3"],
    ]);
    expect(await outbox.images()).toEqual([]);
    expect(states.at(-1)).toEqual({ kind: "saved", message: "" });
    expect(stale).toEqual([]);
  });

  it("has a change in the outbox before it is sent", async () => {
    const saver = saverOf();
    server.send = async (change) => {
      expect((await outbox.pending("image")).map(({ id }) => id)).toContain(change.id);
      return { revision: 1 };
    };
    put(saver, 1);
    await saver.rested();
    expect(states.at(-1)?.kind).toBe("saved");
  });

  it("sends the same change again when the answer was lost", async () => {
    const saver = saverOf();
    server.faults = ["lost"];
    put(saver, 1, 2);
    await saver.rested();
    expect(states.at(-1)?.kind).toBe("waiting");
    await timeGoesOn(saver);
    expect(server.applied.map((change) => change.put[0]?.id)).toEqual(["r1", "r2"]);
    expect([server.revision, saver.revision]).toEqual([2, 2]);
    expect(await outbox.pending("image")).toEqual([]);
  });

  it("sends after a reload what was unsent, and nothing twice", async () => {
    const first = saverOf();
    server.faults = [null, "lost"];
    put(first, 1, 2, 3);
    await first.rested();
    first.stop();
    outbox.close();

    outbox = await IndexedOutbox.open("test", factory);
    const unsent = await outbox.pending("image");
    expect(unsent.map((change) => change.put[0]?.id)).toEqual(["r2", "r3"]);
    const second = saverOf(server.revision, unsent, "other tab");
    await second.rested();
    expect(server.applied.length).toBe(2);
    second.resume();
    await second.rested();
    expect(server.applied.map((change) => change.put[0]?.id)).toEqual(["r1", "r2", "r3"]);
    expect(server.applied.at(-1)?.client).toBe("other tab");
    expect(await outbox.images()).toEqual([]);
    // The resent one was acknowledged with an older revision, so what the server has is read again.
    expect(stale).toEqual([null]);
  });

  it("waits longer each time the server is away, and goes on at once when it is back", async () => {
    const saver = saverOf();
    server.faults = Array.from({ length: 6 }, () => ApiError.unreachable());
    put(saver, 1);
    await saver.rested();
    const seconds = [];
    for (let i = 0; i < 5; i++) seconds.push(await timeGoesOn(saver));
    expect(seconds).toEqual([1, 2, 4, 8, 15]);
    put(saver, 2);
    await saver.rested();
    expect(server.applied).toEqual([]);
    expect(states.at(-1)?.message).toContain("kept in this browser");
    saver.retryNow();
    await saver.rested();
    expect(server.revision).toBe(2);
    expect(waits).toEqual([]);
  });

  it("goes on slowly while the disk is full, and loses nothing", async () => {
    const saver = saverOf();
    const full = new ApiError(507, "full", "The disk is full.");
    server.faults = [full, full];
    put(saver, 1);
    await saver.rested();
    expect(states.at(-1)).toEqual({ kind: "failed", message: "The disk is full. One change is kept in this browser." });
    expect([await timeGoesOn(saver), await timeGoesOn(saver)]).toEqual([15, 15]);
    expect(server.revision).toBe(1);
    expect(states.at(-1)?.kind).toBe("saved");
  });

  it("stops upon a conflict until it is told to go on upon the newer revision", async () => {
    const saver = saverOf();
    server.revision = 4;
    put(saver, 1, 2);
    await saver.rested();
    expect(states.at(-1)).toEqual({ kind: "conflict", message: "Somebody was quicker." });
    expect([waits.length, (await outbox.pending("image")).length]).toEqual([0, 2]);
    saver.resumeUpon(4);
    await saver.rested();
    expect(server.revision).toBe(6);
    expect(stale).toEqual([null]);
  });

  it("stops while another tab holds the image", async () => {
    const saver = saverOf();
    server.faults = [new ApiError(409, "elsewhere", "It is open in another tab.")];
    put(saver, 1);
    await saver.rested();
    expect(states.at(-1)?.kind).toBe("elsewhere");
    put(saver, 2);
    await saver.rested();
    expect(server.revision).toBe(0);
    saver.resume();
    await saver.rested();
    expect(server.revision).toBe(2);
  });

  it.each([
    ["an invalid item", new ApiError(422, "input", "No such colour.")],
    ["a label that is gone", new ApiError(409, "conflict", "No such label.")],
  ])("gives up %s, says so, and saves the rest", async (_name, refusal) => {
    const saver = saverOf();
    server.faults = [refusal];
    put(saver, 1, 2);
    await saver.rested();
    expect(server.applied.map((change) => change.put[0]?.id)).toEqual(["r2"]);
    expect(stale).toEqual([refusal.detail]);
    expect(await outbox.images()).toEqual([]);
  });

  it("keeps what belongs to an image that is gone", async () => {
    const saver = saverOf();
    server.faults = [new ApiError(410, "gone", "The file is gone.")];
    put(saver, 1);
    await saver.rested();
    expect(states.at(-1)).toEqual({ kind: "failed", message: "The file is gone." });
    expect((await outbox.pending("image")).length).toBe(1);
  });

  it("says that another tab has the image even if a change on its way arrives", async () => {
    const saver = saverOf();
    const { send } = server;
    server.send = async (change) => {
      saver.block();
      return send.call(server, change);
    };
    put(saver, 1);
    await saver.rested();
    expect([server.revision, states.at(-1)?.kind]).toEqual([1, "elsewhere"]);
    saver.resume();
    await saver.rested();
    expect(states.at(-1)?.kind).toBe("saved");
  });
});
