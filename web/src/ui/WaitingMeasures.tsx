/** In the place of measurements that the server, which is away, could not make yet. */
import type { Workbench } from "../state/workbench";

export function WaitingMeasures({ workbench }: { workbench: Workbench }) {
  const object = workbench.selected.value;
  const isAway = !workbench.reachable.value || workbench.saving.value.kind === "waiting";
  if (!isAway || !object?.mask || workbench.measurements.value.has(object.id)) return null;
  return (
    <section class="panel" aria-labelledby="waiting-measures-head">
      <h2 id="waiting-measures-head">Measurements</h2>
      <p class="dim">Waiting for the server, which measures.</p>
    </section>
  );
}
