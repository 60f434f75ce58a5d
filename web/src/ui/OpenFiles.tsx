/** The button that opens files of this computer. */
import { useRef } from "preact/hooks";
import type { Workbench } from "../state/workbench";
import { Icon } from "./icons";

/** What the file dialog offers first; the server looks at the content, not at the name. */
const ACCEPT =
  ".png,.jpg,.jpeg,.tif,.tiff,.bmp,.dcm,.dicom,.ima,.nii,.gz,.nrrd,.mha,.mhd,.mp4,.avi,.mov,.mkv,image/*,video/*,application/dicom";

interface OpenFilesProps {
  workbench: Workbench;
  class: string;
  withText?: boolean;
}

export function OpenFiles({ workbench, class: look, withText = false }: OpenFilesProps) {
  const input = useRef<HTMLInputElement>(null);
  const open = (event: Event & { currentTarget: HTMLInputElement }) => {
    const files = Array.from(event.currentTarget.files ?? []);
    event.currentTarget.value = "";
    if (files.length > 0) void workbench.upload(files);
  };
  return (
    <>
      <button
        type="button"
        class={look}
        aria-label="Open files"
        title="Open files"
        onClick={() => input.current?.click()}
      >
        <Icon name="open" />
        {withText && "Open files"}
      </button>
      <input ref={input} type="file" multiple hidden accept={ACCEPT} aria-label="Files to open" onChange={open} />
    </>
  );
}
