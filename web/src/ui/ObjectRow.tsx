/** One object in the list; the selected one shows what can be done with it. */
import { useRef } from "preact/hooks";
import type { ObjectItem } from "../model/items";
import type { Workbench } from "../state/workbench";
import { IconButton } from "./icons";
import { leaveLabel } from "./label_focus";
import { qualityText } from "./measure_text";
import { deleteSelected } from "./object_focus";
import { orderAfterMove, promptText } from "./object_text";
import type { Shell } from "./shell";

interface ObjectRowProps {
  object: ObjectItem;
  /** Its place from the bottom, from 1. */
  number: number;
  count: number;
  workbench: Workbench;
  shell: Shell;
}

export function ObjectRow({ object, number, count, workbench, shell }: ObjectRowProps) {
  const isSelected = workbench.selectedId.value === object.id;
  const isFixed = workbench.isReadOnly.value || object.locked;
  const name = `object ${number}`;
  return (
    <li
      role="listitem"
      class="object"
      aria-current={isSelected ? "true" : undefined}
      onClick={() => workbench.select(object.id)}
    >
      <div class="object-line">
        <input
          type="color"
          aria-label={`Colour of ${name}`}
          title="Colour of this object alone"
          value={workbench.colourOf(object)}
          disabled={isFixed}
          onChange={(event) => workbench.setColour(object.id, event.currentTarget.value)}
        />
        <button
          type="button"
          class="bare number"
          aria-label={`Select ${name}`}
          aria-pressed={isSelected}
          onClick={() => workbench.select(object.id)}
        >
          {number}
        </button>
        <LabelChoice object={object} name={name} isFixed={isFixed} workbench={workbench} shell={shell} />
        <Score object={object} />
        <IconButton
          icon={object.visible ? "eye" : "eyeOff"}
          name={`${object.visible ? "Hide" : "Show"} ${name}`}
          onClick={(event) => {
            event.stopPropagation();
            workbench.setVisible(object.id, !object.visible);
          }}
        />
        <IconButton
          icon={object.locked ? "lock" : "unlock"}
          name={`${object.locked ? "Unlock" : "Lock"} ${name}`}
          disabled={workbench.isReadOnly.value}
          onClick={(event) => {
            event.stopPropagation();
            workbench.setLocked(object.id, !object.locked);
          }}
        />
      </div>
      {isSelected && (
        <ObjectActions object={object} isFixed={isFixed} count={count} number={number} workbench={workbench} />
      )}
    </li>
  );
}

function Score({ object }: { object: ObjectItem }) {
  if (object.origin === "brush" || object.score === null) return <span class="score dim">–</span>;
  return (
    <span class="score" title="Quality that the model predicts (overlap with the true outline)">
      {qualityText(object.score)}
    </span>
  );
}

interface LabelChoiceProps {
  object: ObjectItem;
  name: string;
  isFixed: boolean;
  workbench: Workbench;
  shell: Shell;
}

const EDIT = "edit-labels";

function LabelChoice({ object, name, isFixed, workbench, shell }: LabelChoiceProps) {
  const isByPointer = useRef(false);
  return (
    <select
      aria-label={`Label of ${name}`}
      value={object.labelId ?? ""}
      disabled={isFixed}
      onPointerDown={() => (isByPointer.current = true)}
      onKeyDown={(event) => {
        isByPointer.current = false;
        if (event.key !== "Escape") return;
        event.preventDefault();
        leaveLabel(shell);
      }}
      onChange={(event) => {
        const value = event.currentTarget.value;
        // Keys are for the picture again, where the list was not come to by keys.
        if (isByPointer.current) event.currentTarget.blur();
        if (value === EDIT) {
          event.currentTarget.value = object.labelId ?? "";
          shell.dialog.value = "labels";
        } else workbench.relabel(object.id, value === "" ? null : value);
      }}
    >
      <option value="">no label</option>
      {workbench.labels.value.map((label) => (
        <option key={label.id} value={label.id}>
          {label.name}
        </option>
      ))}
      <option value={EDIT}>Edit labels …</option>
    </select>
  );
}

interface ObjectActionsProps {
  object: ObjectItem;
  isFixed: boolean;
  count: number;
  number: number;
  workbench: Workbench;
}

function ObjectActions({ object, isFixed, count, number, workbench }: ObjectActionsProps) {
  const frames = workbench.image.value?.frames ?? 1;
  const move = (by: -1 | 1) => workbench.reorder(orderAfterMove(workbench.objectsHere.value, object.id, by));
  return (
    // Not for the row, too: it would select this object again after one of these selected another one.
    <div class="object-actions" onClick={(event) => event.stopPropagation()}>
      <p class="dim">{promptText(object)}</p>
      <span class="icons">
        <IconButton icon="up" name="Bring forward" disabled={isFixed || number === count} onClick={() => move(1)} />
        <IconButton icon="down" name="Send back" disabled={isFixed || number === 1} onClick={() => move(-1)} />
        <IconButton
          icon="reuse"
          name="Use the mask as prompt"
          disabled={isFixed || object.mask === null}
          onClick={() => void workbench.useMaskAsPrompt(object.id)}
        />
        {object.prompt.boxXyxy && (
          <IconButton
            icon="boxOff"
            name="Remove the box"
            disabled={isFixed}
            onClick={() => void workbench.removeBox(object.id)}
          />
        )}
        {object.colour !== null && (
          <IconButton
            icon="drop"
            name="Back to the label's colour"
            disabled={isFixed}
            onClick={() => workbench.setColour(object.id, null)}
          />
        )}
        {frames > 1 && (
          <IconButton
            icon="carry"
            name="Carry on to the next frame"
            keys="C"
            disabled={workbench.isReadOnly.value || object.mask === null || object.frame + 1 >= frames}
            onClick={() => void workbench.duplicateToFrame(object.id, object.frame + 1)}
          />
        )}
        <IconButton
          icon="bin"
          name="Delete object"
          keys="Delete"
          class="bare danger"
          disabled={isFixed}
          onClick={() => deleteSelected(workbench)}
        />
      </span>
    </div>
  );
}
