/** What is said and known about the open file: state, note, sharing, facts. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ImageDetail } from "../api/answers";
import type { ImageState } from "../model/items";
import type { Stretch } from "../model/stretch";
import type { Workbench } from "../state/workbench";
import { doneAndNext } from "./actions";
import { CalibrationSection } from "./CalibrationSection";
import { STATES } from "./export_choice";
import { Icon } from "./icons";
import { moveAmongRadios } from "./radio_keys";
import { SharingSection } from "./SharingSection";
import { withTimesSign } from "./times_sign";

export function ImagePanel({ workbench }: { workbench: Workbench }) {
  const image = workbench.image.value;
  if (!image) return null;
  return (
    <>
      <section class="panel" aria-labelledby="image-head">
        <h2 id="image-head">Image</h2>
        <StateChoice workbench={workbench} />
        <button type="button" class="primary narrow-only" onClick={() => doneAndNext(workbench)}>
          <Icon name="check" />
          Done, next image
        </button>
        <NoteField workbench={workbench} imageId={image.id} />
      </section>
      <CalibrationSection workbench={workbench} imageId={image.id} />
      <SharingSection workbench={workbench} image={image} />
      <Facts workbench={workbench} image={image} />
    </>
  );
}

function StateChoice({ workbench }: { workbench: Workbench }) {
  const state: ImageState = workbench.imageItem.value.state;
  return (
    <div class="segments" role="radiogroup" aria-label="State of the work" onKeyDown={moveAmongRadios}>
      {STATES.map((entry) => (
        <button
          key={entry.state}
          type="button"
          role="radio"
          aria-checked={state === entry.state}
          tabIndex={state === entry.state ? 0 : -1}
          disabled={workbench.isReadOnly.value}
          onClick={() => workbench.setState(entry.state)}
        >
          {entry.name}
        </button>
      ))}
    </div>
  );
}

/** Typing that rests so long is kept, so that closing the page loses no more. */
const TYPING_REST_MS = 1500;

/** The text is one step of work when typing rests or the field is left, not with each letter. */
function NoteField({ workbench, imageId }: { workbench: Workbench; imageId: string }) {
  const note = workbench.imageItem.value.note;
  const draft = useSignal(note);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    draft.value = note;
    return () => clearTimeout(timer.current);
  }, [note, imageId]);
  const keep = (text: string) => {
    clearTimeout(timer.current);
    if (text !== workbench.imageItem.value.note) workbench.setNote(text);
  };
  return (
    <label class="field">
      <span>Note</span>
      <textarea
        rows={2}
        maxLength={2000}
        value={draft.value}
        disabled={workbench.isReadOnly.value}
        onInput={({ currentTarget: { value } }) => {
          draft.value = value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => keep(value), TYPING_REST_MS);
        }}
        onChange={(event) => keep(event.currentTarget.value)}
      />
    </label>
  );
}

function Facts({ workbench, image }: { workbench: Workbench; image: ImageDetail }) {
  const [height, width] = image.sizeHw;
  const facts: [string, string][] = [
    ["File", image.name],
    ["Format", image.format],
    ["Size", `${width} × ${height} pixels${image.frames > 1 ? `, ${image.frames} frames` : ""}`],
    ...pixelFacts(workbench.stretch.value),
    ["Calibration", withTimesSign(image.calibration)],
    ...Object.entries(image.details),
  ];
  return (
    <details class="panel facts">
      <summary>About this file</summary>
      <dl class="measures">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {image.isUpload && (
        <button
          type="button"
          class="danger"
          disabled={workbench.items.value.size > 0}
          title={workbench.items.value.size > 0 ? "An image that has annotations cannot be removed." : undefined}
          onClick={() => void workbench.deleteUpload(image.id)}
        >
          Remove this file from the workbench
        </button>
      )}
    </details>
  );
}

/** Nothing where pixels are square; else it says why the picture has not the proportions of its size. */
function pixelFacts({ x, y }: Stretch): [string, string][] {
  if (x === y) return [];
  const times = Number(Math.max(x, y).toFixed(2));
  return [["Pixels", `${times} times as ${x > y ? "wide as high" : "high as wide"}, and shown so`]];
}
