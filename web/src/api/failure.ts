/** What went wrong between the page and the server. */
export type FailureKind =
  | "input"
  | "prompt"
  | "image"
  | "gone"
  | "missing"
  | "conflict"
  | "elsewhere"
  | "busy"
  | "full"
  | "large"
  | "unauthorised"
  | "forbidden"
  | "internal"
  | "unreachable";

/** The server's answer `{detail, kind, ...}`; `status` 0 and kind "unreachable" where there was no answer. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly kind: FailureKind,
    readonly detail: string,
    readonly more: { position?: number; seconds?: number; revision?: number } = {},
  ) {
    super(detail);
  }

  /** The error that an answer with a bad status tells; also where something between answered in its own words. */
  static async of(response: Response): Promise<ApiError> {
    const body: unknown = await response.json().catch(() => null);
    const told = (body && typeof body === "object" ? body : {}) as Record<string, unknown>;
    const detail =
      typeof told.detail === "string" ? told.detail : `The server answered with status ${response.status}.`;
    const kind = typeof told.kind === "string" ? (told.kind as FailureKind) : kindOfStatus(response.status);
    const number = (name: string) => (typeof told[name] === "number" ? { [name]: told[name] } : {});
    return new ApiError(response.status, kind, detail, {
      ...number("position"),
      ...number("seconds"),
      ...number("revision"),
    });
  }

  static unreachable(): ApiError {
    return new ApiError(0, "unreachable", "The server cannot be reached.");
  }
}

function kindOfStatus(status: number): FailureKind {
  const kinds: Record<number, FailureKind> = {
    401: "unauthorised",
    403: "forbidden",
    404: "missing",
    409: "conflict",
    410: "gone",
    413: "large",
    422: "input",
    503: "busy",
    507: "full",
  };
  return kinds[status] ?? "internal";
}

/** The sentence to show for any error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
