/** The bar at the foot: saving, what the model does, which model it is. */
import type { Workbench } from "../state/workbench";
import { modelText, readinessText, SAVING_TEXT } from "./status_text";

export function StatusBar({ workbench }: { workbench: Workbench }) {
  const saving = workbench.saving.value;
  const readiness = workbench.isOpening.value
    ? "Opening the image …"
    : workbench.image.value
      ? readinessText(workbench.readiness.value)
      : "";
  return (
    <footer class="status" aria-label="Status">
      <span class="saving" role="status" data-saving={saving.kind} title={saving.message}>
        <i aria-hidden="true" />
        {SAVING_TEXT[saving.kind]}
      </span>
      <span class="readiness" role="status" data-readiness={workbench.readiness.value.kind}>
        {readiness}
      </span>
      <span class="ellipsis model dim" title={modelText(workbench.status.value)}>
        {modelText(workbench.status.value)}
      </span>
    </footer>
  );
}
