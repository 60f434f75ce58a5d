/** What is put into an archive for others. */
import { useSignal } from "@preact/signals";
import type { ExportFormat } from "../api/answers";
import type { ImageState } from "../model/items";
import type { Workbench } from "../state/workbench";
import { Dialog } from "./Dialog";
import { FORMATS, STATES, toggled, whyNoExport } from "./export_choice";
import { Icon } from "./icons";

export function ExportDialog({ workbench, onClose }: { workbench: Workbench; onClose: () => void }) {
  const formats = useSignal<ExportFormat[]>(["coco", "csv"]);
  const states = useSignal<ImageState[]>(["in work", "done"]);
  const counts = workbench.counts.value;
  const images = states.value.reduce((sum, state) => sum + counts[state], 0);
  const reason = whyNoExport(formats.value, states.value, images);
  return (
    <Dialog
      title="Export"
      onClose={onClose}
      foot={
        <>
          <p class="complaint">
            {reason ?? `At most ${images === 1 ? "1 image" : `${images} images`} in one ZIP file.`}
          </p>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          {reason === null ? (
            <a
              class="button primary"
              href={workbench.exportUrl(formats.value, states.value)}
              download
              onClick={() => setTimeout(onClose)}
            >
              <Icon name="download" />
              Download
            </a>
          ) : (
            <button type="button" class="primary" disabled>
              <Icon name="download" />
              Download
            </button>
          )}
        </>
      }
    >
      <fieldset>
        <legend>Formats</legend>
        {FORMATS.map(({ format, name, text }) => (
          <label key={format} class="check tall">
            <input
              type="checkbox"
              checked={formats.value.includes(format)}
              onChange={() => (formats.value = toggled(formats.value, format))}
            />
            <span>
              {name}
              <span class="dim"> {text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>Images</legend>
        <div class="checks">
          {STATES.map(({ state, name }) => (
            <label key={state} class="check">
              <input
                type="checkbox"
                checked={states.value.includes(state)}
                onChange={() => (states.value = toggled(states.value, state))}
              />
              {name} ({counts[state]})
            </label>
          ))}
        </div>
      </fieldset>
      <p class="warn-box">
        <Icon name="warning" />
        <span>
          Pictures may show names or dates burned into them, and names of files may tell who the patient is. Look
          through the images before you share them: crop them or mask such text out. Crop and masked-out parts hold for
          pictures, masks and NIfTI; tables are measured on the whole original picture. Notes are not exported.
        </span>
      </p>
    </Dialog>
  );
}
