/** Millimetres per pixel: what holds, and what the user gives for pictures that do not say it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { readSpacing, spacingByRuler, spacingText, type Read } from "../model/calibration";
import type { RulerItem, SpacingXy } from "../model/items";
import type { Workbench } from "../state/workbench";
import { Doubt } from "./Doubt";
import { figure } from "./measure_text";
import { withTimesSign } from "./times_sign";

export function CalibrationSection({ workbench, imageId }: { workbench: Workbench; imageId: string }) {
  const { text, doubt } = workbench.calibration.value;
  const problem = useSignal("");
  useEffect(() => {
    problem.value = "";
  }, [imageId, text]);
  const take = ({ value, problem: reason }: Read<SpacingXy>) => {
    problem.value = reason ?? "";
    if (value) workbench.setSpacing(value);
  };
  return (
    <section class="panel" aria-labelledby="calibration-head">
      <h2 id="calibration-head">Calibration</h2>
      <p>{withTimesSign(text)}</p>
      {doubt && <Doubt text={doubt} />}
      <SpacingField key={`spacing of ${imageId}`} workbench={workbench} take={take} />
      <RulerField key={`ruler of ${imageId}`} workbench={workbench} take={take} />
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </section>
  );
}

interface Field {
  workbench: Workbench;
  take: (read: Read<SpacingXy>) => void;
}

function SpacingField({ workbench, take }: Field) {
  const { given } = workbench.calibration.value;
  const said = given ? spacingText(given) : "";
  const typed = useSignal(said);
  // Undo, too, alters what is given.
  useEffect(() => {
    typed.value = said;
  }, [said]);
  const isReadOnly = workbench.isReadOnly.value;
  const isEmpty = typed.value.trim() === "";
  return (
    <form
      class="calibrating"
      onSubmit={(event) => {
        event.preventDefault();
        take(readSpacing(typed.value));
      }}
    >
      <label class="field">
        <span>mm per pixel</span>
        <input
          type="text"
          inputMode="decimal"
          autocomplete="off"
          placeholder="0.2 or 0.2, 0.25"
          value={typed.value}
          disabled={isReadOnly}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isReadOnly || isEmpty}>
        Set
      </button>
      <button type="button" disabled={isReadOnly || !given} onClick={() => workbench.setSpacing(null)}>
        Clear
      </button>
    </form>
  );
}

function RulerField({ workbench, take }: Field) {
  const rulers = workbench.rulersHere.value;
  const typed = useSignal("");
  const chosen = useSignal<string | null>(null);
  const last = rulers.at(-1);
  if (!last) {
    return (
      <p class="dim">Or draw a ruler (M) along a length that you know, such as the scale at the picture's edge.</p>
    );
  }
  const ruler = rulers.find(({ id }) => id === chosen.value) ?? last;
  const isReadOnly = workbench.isReadOnly.value;
  return (
    <form
      class="calibrating"
      onSubmit={(event) => {
        event.preventDefault();
        take(spacingByRuler(ruler.from, ruler.to, typed.value, workbench.stretch.value));
      }}
    >
      {rulers.length > 1 && (
        <label class="field">
          <span>Ruler</span>
          <select
            aria-label="Ruler to calibrate by"
            value={ruler.id}
            onChange={(event) => (chosen.value = event.currentTarget.value)}
          >
            {rulers.map((one, index) => (
              <option key={one.id} value={one.id}>
                {index + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>
          {rulers.length > 1 ? "Its" : "The ruler's"} {pixels(ruler)} px are … mm
        </span>
        <input
          type="text"
          inputMode="decimal"
          autocomplete="off"
          aria-label="Length of the ruler in mm"
          value={typed.value}
          disabled={isReadOnly}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isReadOnly || typed.value.trim() === ""}>
        Calibrate
      </button>
    </form>
  );
}

function pixels({ from, to }: RulerItem): string {
  return figure(Math.hypot(to[0] - from[0], to[1] - from[1]), 1);
}
