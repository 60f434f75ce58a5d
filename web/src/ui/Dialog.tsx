/** A dialog of the browser's own kind: it holds the focus, Escape closes it. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { IconButton } from "./icons";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Whether a press beside the dialog closes it; not where something may be lost. */
  closesOutside?: boolean;
  /** Buttons at the foot. */
  foot?: ComponentChildren;
}

export function Dialog({ title, onClose, closesOutside = true, children, foot }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (closesOutside && event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog">
        <div class="panel-head">
          <h2 id="dialog-title">{title}</h2>
          <IconButton icon="close" name="Close" onClick={onClose} />
        </div>
        <div class="dialog-body">{children}</div>
        {foot && <div class="dialog-foot">{foot}</div>}
      </div>
    </dialog>
  );
}
