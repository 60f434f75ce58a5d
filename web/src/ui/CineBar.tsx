/** The frames of a cine. */
import type { Workbench } from "../state/workbench";
import { playOrPause } from "./actions";
import { frameText } from "./frame_text";
import { IconButton } from "./icons";

/** Nothing for a file of one frame. */
export function CineBar({ workbench }: { workbench: Workbench }) {
  const image = workbench.image.value;
  if (!image || image.frames < 2) return null;
  const frame = workbench.frame.value;
  const last = image.frames - 1;
  const isPlaying = workbench.playing.value;
  const marks = workbench.annotatedFrames.value;
  return (
    <div class="cine" role="group" aria-label="Frames">
      <IconButton
        icon={isPlaying ? "pause" : "play"}
        name={isPlaying ? "Pause" : "Play"}
        keys="Space"
        onClick={() => playOrPause(workbench)}
      />
      <IconButton
        icon="left"
        name="Previous frame"
        keys="A"
        disabled={frame === 0}
        onClick={() => workbench.setFrame(frame - 1)}
      />
      <div class="frames">
        <div class="marks" aria-hidden="true">
          {marks.map((marked) => (
            <i key={marked} style={{ left: `${(marked / last) * 100}%` }} />
          ))}
        </div>
        <input
          type="range"
          aria-label="Frame"
          aria-valuetext={frameText(frame, image.frames, image.frameTimesS)}
          min={0}
          max={last}
          value={frame}
          onInput={(event) => workbench.setFrame(event.currentTarget.valueAsNumber)}
        />
      </div>
      <IconButton
        icon="right"
        name="Next frame"
        keys="D"
        disabled={frame === last}
        onClick={() => workbench.setFrame(frame + 1)}
      />
      <span class="frame-text">{frameText(frame, image.frames, image.frameTimesS)}</span>
      {marks.length > 0 && (
        <span class="dim marks-text" title="Frames that have objects">
          {marks.length === 1 ? "1 with objects" : `${marks.length} with objects`}
        </span>
      )}
    </div>
  );
}
