import { describe, expect, it, vi } from "vitest";
import { Api } from "../../src/api/client";
import { ApiError } from "../../src/api/failure";

/** An Api whose server gives this one answer, and what it was asked. */
function apiOf(answer: () => Response | Promise<Response>): { api: Api; asked: [string, RequestInit | undefined][] } {
  const asked: [string, RequestInit | undefined][] = [];
  const fetching = async (input: unknown, init?: RequestInit) => {
    asked.push([String(input), init]);
    return answer();
  };
  return { api: new Api("/api", fetching as typeof fetch), asked };
}

describe("a request", () => {
  it("takes a server that does not answer for one that is away", async () => {
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    const fetching = (_: unknown, init?: RequestInit) => Promise.reject(init?.signal?.reason as Error);
    await expect(new Api("/api", fetching as typeof fetch).status()).rejects.toMatchObject({ kind: "unreachable" });
    timeout.mockRestore();
  });

  it("has its values in the address, and nothing that was not given", async () => {
    const { api, asked } = apiOf(() => Response.json({}));
    await api.images({ search: "a b&c", state: "in work", offset: 200 });
    await api.images({ search: "" });
    expect(asked.map(([url]) => url)).toEqual([
      "/api/images?search=a+b%26c&state=in+work&offset=200&limit=200",
      "/api/images?offset=0&limit=200",
    ]);
  });

  it("cannot leave its route by an id", async () => {
    const { api, asked } = apiOf(() => Response.json({}));
    await api.image("../labels");
    expect(asked[0]?.[0]).toBe("/api/images/..%2Flabels");
  });

  it("sends JSON as JSON", async () => {
    const { api, asked } = apiOf(() => Response.json({ held: true }));
    await api.lease("x", "me", true);
    expect(asked[0]?.[1]).toMatchObject({
      method: "POST",
      body: '{"client":"me","take":true}',
      headers: { "Content-Type": "application/json" },
    });
  });

  it("names formats and states of an export", () => {
    const { api } = apiOf(() => Response.json({}));
    expect(api.exportUrl(["coco", "csv"], ["done", "in work"])).toBe(
      "/api/export?formats=coco%2Ccsv&states=done%2Cin+work",
    );
  });
});

describe("an embedding", () => {
  it("is float32", async () => {
    const values = Float32Array.of(1.5, -2, 3e-8);
    const { api } = apiOf(() => new Response(values.buffer));
    expect(await api.embedding("x", 0)).toEqual({ values });
  });

  it("may wait in the queue", async () => {
    const { api, asked } = apiOf(() => Response.json({ position: 3, seconds: 1.5 }, { status: 202 }));
    expect(await api.embedding("x", 4, { wait: 0, ahead: true })).toEqual({ position: 3, seconds: 1.5 });
    expect(asked[0]?.[0]).toBe("/api/images/x/frames/4/embedding?wait=0&ahead=true");
  });
});

describe("a failure", () => {
  const failure = (answer: () => Response | Promise<Response>) =>
    apiOf(answer)
      .api.status()
      .then(
        () => null,
        (error: unknown) => error as ApiError,
      );

  it("is the server's sentence, kind and numbers", async () => {
    const told = { detail: "Busy.", kind: "busy", position: 4, seconds: 2.5 };
    const error = await failure(() => Response.json(told, { status: 503 }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 503, kind: "busy", message: "Busy.", more: { position: 4, seconds: 2.5 } });
  });

  it.each([
    [401, "unauthorised"],
    [404, "missing"],
    [413, "large"],
    [502, "internal"],
    [507, "full"],
  ])("has a kind where something between answered in its own words: %i", async (status, kind) => {
    const error = await failure(() => new Response("<html>no</html>", { status }));
    expect(error).toMatchObject({ status, kind });
    expect(error?.message).toContain(String(status));
  });

  it("is told apart from no answer", async () => {
    const error = await failure(() => Promise.reject(new TypeError("Failed to fetch")));
    expect(error).toMatchObject({ status: 0, kind: "unreachable" });
  });
});
