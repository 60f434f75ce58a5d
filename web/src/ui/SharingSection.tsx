/** Crop and masked-out parts: what an export shows of the picture. */
import type { ImageDetail } from "../api/answers";
import type { BoxXyxy } from "../model/items";
import type { Workbench } from "../state/workbench";
import { Icon, IconButton } from "./icons";

export function SharingSection({ workbench, image }: { workbench: Workbench; image: ImageDetail }) {
  const { crop, redactions } = workbench.imageItem.value;
  const isReadOnly = workbench.isReadOnly.value;
  return (
    <section class="panel" aria-labelledby="sharing-head">
      <h2 id="sharing-head">Before sharing</h2>
      <p class="dim">
        {image.burnedIn.warn ? image.burnedIn.reason : "Look whether the picture shows a name, a date or a number."}{" "}
        What is masked out or cut off here is left out of exported pictures; the file itself stays as it is.
      </p>
      <div class="pair">
        <button
          type="button"
          aria-pressed={workbench.tool.value === "redact"}
          disabled={isReadOnly}
          onClick={() => (workbench.tool.value = "redact")}
        >
          <Icon name="redact" />
          Mask out
        </button>
        <button
          type="button"
          aria-pressed={workbench.tool.value === "crop"}
          disabled={isReadOnly}
          onClick={() => (workbench.tool.value = "crop")}
        >
          <Icon name="crop" />
          Crop
        </button>
      </div>
      <ul class="rulers" role="list" aria-label="Left out of exported pictures">
        {crop && (
          <li role="listitem">
            <span class="grow">Crop to {sizeText(crop)}</span>
            <IconButton
              icon="bin"
              name="Remove the crop"
              disabled={isReadOnly}
              onClick={() => workbench.setCrop(null)}
            />
          </li>
        )}
        {redactions.map((box, index) => (
          <li key={index} role="listitem">
            <span class="grow">
              Masked out {index + 1}: {sizeText(box)}
            </span>
            <IconButton
              icon="bin"
              name={`Remove masked out part ${index + 1}`}
              disabled={isReadOnly}
              onClick={() => workbench.removeRedaction(index)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function sizeText([x0, y0, x1, y1]: BoxXyxy): string {
  return `${Math.round(x1 - x0)} × ${Math.round(y1 - y0)} px`;
}
