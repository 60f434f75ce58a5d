/** The tools, and what belongs to the one in hand. */
import type { Tool } from "../state/kinds";
import { BRUSH_RANGE } from "../state/settings";
import type { Workbench } from "../state/workbench";
import { brushRadius, perform } from "./actions";
import { Icon, IconButton, type IconName } from "./icons";
import { keysOf } from "./keyboard";
import { moveAmongRadios } from "./radio_keys";
import type { Shell } from "./shell";

const TOOLS: readonly { tool: Tool; icon: IconName; name: string }[] = [
  { tool: "point", icon: "point", name: "Points" },
  { tool: "box", icon: "box", name: "Box" },
  { tool: "brush", icon: "brush", name: "Brush" },
  { tool: "eraser", icon: "eraser", name: "Eraser" },
  { tool: "ruler", icon: "ruler", name: "Ruler" },
  { tool: "pan", icon: "hand", name: "Hand" },
  { tool: "crop", icon: "crop", name: "Crop" },
  { tool: "redact", icon: "redact", name: "Mask out text" },
];

/** Tools that alter something cannot be had while an image is only looked at. */
const LOOKING: readonly Tool[] = ["pan"];

export function Toolbar({ workbench, shell }: { workbench: Workbench; shell: Shell }) {
  const isReadOnly = workbench.isReadOnly.value;
  return (
    <div class="toolbar" role="toolbar" aria-label="Tools">
      <div class="tools" role="radiogroup" aria-label="Tool" onKeyDown={moveAmongRadios}>
        {TOOLS.map(({ tool, icon, name }) => (
          <button
            key={tool}
            type="button"
            class="bare"
            role="radio"
            aria-label={name}
            aria-checked={workbench.tool.value === tool}
            tabIndex={workbench.tool.value === tool || isReadOnly ? 0 : -1}
            title={`${name} (${keysOf(tool)})`}
            disabled={isReadOnly && !LOOKING.includes(tool)}
            onClick={() => (workbench.tool.value = tool)}
          >
            <Icon name={icon} />
          </button>
        ))}
      </div>
      <hr />
      <IconButton icon="plus" name="Zoom in" keys="+" onClick={() => perform("zoomIn", workbench, shell)} />
      <IconButton icon="minus" name="Zoom out" keys="-" onClick={() => perform("zoomOut", workbench, shell)} />
      <IconButton icon="fit" name="Fit the picture" keys="F" onClick={() => shell.view.fit()} />
      <button
        type="button"
        class="bare zoom"
        title="Show each pixel of the image as one of the screen"
        aria-label={`Zoom ${zoomText(shell.view.zoom.value)}: show at 1 to 1`}
        onClick={() => shell.view.actualSize()}
      >
        {zoomText(shell.view.zoom.value)}
      </button>
    </div>
  );
}

/** The radius of brush and eraser, over the stage while one of them is in hand. */
export function BrushSize({ workbench }: { workbench: Workbench }) {
  const tool = workbench.tool.value;
  if (tool !== "brush" && tool !== "eraser") return null;
  return (
    <label class="brush-size">
      <span>{tool === "brush" ? "Brush" : "Eraser"}</span>
      <input
        type="range"
        aria-label="Brush radius in pixels"
        min={BRUSH_RANGE.min}
        max={BRUSH_RANGE.max}
        value={workbench.brushRadius.value}
        onInput={(event) => (workbench.brushRadius.value = brushRadius(event.currentTarget.valueAsNumber))}
      />
      <span class="figure">{Math.round(workbench.brushRadius.value)} px</span>
    </label>
  );
}

function zoomText(zoom: number): string {
  return `${Math.round(zoom * 100)}%`;
}
