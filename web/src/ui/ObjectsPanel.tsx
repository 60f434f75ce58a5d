/** The objects of this frame: label, colour, visibility, lock, order. */
import type { Workbench } from "../state/workbench";
import { Icon, IconButton } from "./icons";
import { ObjectRow } from "./ObjectRow";
import type { Shell } from "./shell";

export function ObjectsPanel({ workbench, shell }: { workbench: Workbench; shell: Shell }) {
  // The one on top of the picture stands on top of the list.
  const objects = [...workbench.objectsHere.value].reverse();
  const isReadOnly = workbench.isReadOnly.value;
  const hasImage = workbench.image.value !== null;
  return (
    <section class="panel" aria-labelledby="objects-head">
      <div class="panel-head">
        <h2 id="objects-head">Objects</h2>
        <IconButton icon="labels" name="Edit labels" onClick={() => (shell.dialog.value = "labels")} />
        <button
          type="button"
          title="New object (N)"
          disabled={isReadOnly || !hasImage}
          onClick={() => {
            workbench.newObject();
            shell.drawer.value = null;
          }}
        >
          <Icon name="plus" />
          New object
        </button>
      </div>
      {objects.length === 0 ? (
        <p class="dim">
          {hasImage
            ? "Click on a structure in the image, or drag a box around it. Right or Alt click takes away."
            : "Open an image to outline structures in it."}
        </p>
      ) : (
        <ul class="objects" role="list" aria-label="Objects">
          {objects.map((object, index) => (
            <ObjectRow
              key={object.id}
              object={object}
              number={objects.length - index}
              count={objects.length}
              workbench={workbench}
              shell={shell}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
