/** Files may be dropped anywhere on the page. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Workbench } from "../state/workbench";
import { Icon } from "./icons";

/** Takes files that are dropped and shows where while they are dragged. */
export function DropHint({ workbench }: { workbench: Workbench }) {
  const isDragging = useSignal(false);
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      isDragging.value = true;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) isDragging.value = false;
    };
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      isDragging.value = false;
      const files = Array.from(event.dataTransfer?.files ?? []);
      if (files.length > 0) void workbench.upload(files);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [workbench]);
  if (!isDragging.value) return null;
  return (
    <div class="drop-hint">
      <Icon name="open" />
      <p>Drop images here to open them. They stay on this workbench's computer.</p>
    </div>
  );
}
