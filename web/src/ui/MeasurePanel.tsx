/** Measurements of the selected object, and the rulers of this frame. */
import type { Workbench } from "../state/workbench";
import { Doubt } from "./Doubt";
import { IconButton } from "./icons";
import { isCalibrated, lengthText, measureRows } from "./measure_text";
import { withTimesSign } from "./times_sign";

export function MeasurePanel({ workbench }: { workbench: Workbench }) {
  const object = workbench.selected.value;
  const measurements = object ? workbench.measurements.value.get(object.id) : undefined;
  if (!object?.mask || !measurements) return null;
  const { doubt } = workbench.calibration.value;
  const isInMm = isCalibrated(measurements);
  return (
    <section class="panel" aria-labelledby="measure-head">
      <h2 id="measure-head">Measurements</h2>
      <dl class="measures">
        {measureRows(measurements).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="dim">
        {isInMm
          ? `Calibrated: ${withTimesSign(workbench.calibration.value.text)}`
          : "Not calibrated: lengths are in pixels of the original image. Millimetres per pixel can be given below."}
      </p>
      {isInMm && doubt && <Doubt text={doubt} />}
    </section>
  );
}

/** The rulers of this frame; none, no panel. */
export function RulersPanel({ workbench }: { workbench: Workbench }) {
  const rulers = workbench.rulersHere.value;
  if (rulers.length === 0) return null;
  const { doubt } = workbench.calibration.value;
  const isInMm = rulers.some((ruler) => workbench.lengthOf(ruler).mm !== null);
  return (
    <section class="panel" aria-labelledby="rulers-head">
      <h2 id="rulers-head">Distances</h2>
      <ul class="rulers" role="list" aria-label="Distances">
        {rulers.map((ruler, index) => (
          <li key={ruler.id} role="listitem">
            <span class="dim">{index + 1}</span>
            <span class="grow">{lengthText(workbench.lengthOf(ruler))}</span>
            <IconButton
              icon="bin"
              name={`Delete distance ${index + 1}`}
              disabled={workbench.isReadOnly.value}
              onClick={() => workbench.remove(ruler.id)}
            />
          </li>
        ))}
      </ul>
      {isInMm && doubt && <Doubt text={doubt} />}
    </section>
  );
}
