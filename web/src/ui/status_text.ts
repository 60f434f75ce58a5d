/** States of the work in a few words. */
import type { Status } from "../api/answers";
import type { Readiness, Saving } from "../state/kinds";

export const SAVING_TEXT: Record<Saving["kind"], string> = {
  saved: "Saved",
  saving: "Saving …",
  waiting: "Not saved yet, kept in this browser",
  elsewhere: "Read only: open elsewhere",
  conflict: "Not saved: changed elsewhere",
  failed: "Not saved",
};

/** Whether one can click, and if not, how long it may take; seconds as the server guesses them. */
export function readinessText({ kind, position, seconds, message }: Readiness): string {
  switch (kind) {
    case "idle":
      return "";
    case "ready":
      return "Ready";
    case "failed":
      return message || "The model could not read this image.";
    case "waiting": {
      const parts: string[] = [];
      if (position !== undefined && position > 0) parts.push(`position ${position}`);
      if (seconds !== undefined && seconds > 0) parts.push(`about ${Math.max(1, Math.round(seconds))} s`);
      if (parts.length > 0) return `Waiting: ${parts.join(", ")}`;
      return message || "The model looks at the image …";
    }
  }
}

/** Name and licence of the model; the server answers before it is loaded. */
export function modelText(status: Status | null): string {
  if (!status) return "";
  if (status.model) return `${status.model.title} · ${status.model.licence}`;
  if (status.loading.state === "failed") return status.loading.reason ?? "The model could not be loaded.";
  return "Loading the model …";
}
