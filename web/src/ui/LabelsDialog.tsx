/** The project's list of labels: add, rename, colour, order, delete. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { CountedLabel } from "../api/answers";
import { messageOf } from "../api/failure";
import { newId } from "../model/ids";
import type { Workbench } from "../state/workbench";
import { Dialog } from "./Dialog";
import { Icon, IconButton } from "./icons";
import { asLabels, whyNotDeleted, whyNotKept, withEdit, withMove, withNew, withoutBlank } from "./label_edits";

export function LabelsDialog({ workbench, onClose }: { workbench: Workbench; onClose: () => void }) {
  const labels = useSignal<CountedLabel[]>(workbench.labels.peek());
  const complaint = useSignal<string | null>(null);
  const fresh = useRef<string | null>(null);
  const change = (next: CountedLabel[]) => {
    labels.value = next;
    complaint.value = null;
  };
  const add = () => {
    fresh.current = newId();
    change(withNew(labels.value, fresh.current));
  };
  const save = async () => {
    const kept = withoutBlank(labels.value, workbench.labels.peek());
    complaint.value = whyNotKept(kept);
    if (complaint.value !== null) return;
    try {
      await workbench.putLabels(asLabels(kept));
      onClose();
    } catch (error) {
      complaint.value = messageOf(error);
    }
  };
  return (
    <Dialog
      title="Labels"
      onClose={onClose}
      closesOutside={false}
      foot={
        <>
          <p class="complaint" role="alert">
            {complaint.value}
          </p>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" class="primary" onClick={() => void save()}>
            Save labels
          </button>
        </>
      }
    >
      <p class="dim">
        These labels hold for all images of this folder. Objects without one are exported as "structure".
      </p>
      <ul class="labels" role="list" aria-label="Labels">
        {labels.value.map((label, index) => (
          <LabelRow
            key={label.id}
            label={label}
            isFresh={label.id === fresh.current}
            index={index}
            count={labels.value.length}
            onEdit={(edit) => change(withEdit(labels.value, label.id, edit))}
            onMove={(by) => change(withMove(labels.value, label.id, by))}
            onDelete={() => {
              const reason = whyNotDeleted(label);
              if (reason === null) change(labels.value.filter((other) => other.id !== label.id));
              else complaint.value = `"${label.name}": ${reason}`;
            }}
            onEnter={add}
          />
        ))}
      </ul>
      <button type="button" onClick={add}>
        <Icon name="plus" />
        Add a label
      </button>
    </Dialog>
  );
}

interface LabelRowProps {
  label: CountedLabel;
  /** It was just added: one types its name. */
  isFresh: boolean;
  index: number;
  count: number;
  onEdit: (edit: { name?: string; colour?: string }) => void;
  onMove: (by: -1 | 1) => void;
  onDelete: () => void;
  onEnter: () => void;
}

function LabelRow({ label, isFresh, index, count, onEdit, onMove, onDelete, onEnter }: LabelRowProps) {
  const field = useRef<HTMLInputElement>(null);
  // As soon as the row is drawn: with a timer, letters typed at once would go to the row before.
  useLayoutEffect(() => {
    if (isFresh) field.current?.focus();
  }, []);
  const name = label.name || `label ${index + 1}`;
  const reason = whyNotDeleted(label);
  return (
    <li role="listitem">
      <input
        type="color"
        aria-label={`Colour of ${name}`}
        value={label.colour}
        onInput={(event) => onEdit({ colour: event.currentTarget.value })}
      />
      <input
        ref={field}
        type="text"
        aria-label={`Name of label ${index + 1}`}
        placeholder="Name"
        maxLength={100}
        value={label.name}
        onInput={(event) => onEdit({ name: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter") onEnter();
        }}
      />
      <span class="dim count">{label.objects}</span>
      <IconButton icon="up" name={`Move ${name} up`} disabled={index === 0} onClick={() => onMove(-1)} />
      <IconButton icon="down" name={`Move ${name} down`} disabled={index === count - 1} onClick={() => onMove(1)} />
      <button
        type="button"
        class={`bare danger${reason === null ? "" : " dim"}`}
        aria-label={`Delete ${name}`}
        aria-description={reason ?? undefined}
        title={reason ?? `Delete ${name}`}
        onClick={onDelete}
      >
        <Icon name="bin" />
      </button>
    </li>
  );
}
