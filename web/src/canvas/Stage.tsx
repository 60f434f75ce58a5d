import { useEffect, useMemo, useRef } from "preact/hooks";
import "./stage.css";
import type { Bench } from "./bench";
import { Desk } from "./desk";
import { StageController } from "./stage_controller";
import type { ViewControls } from "./view_controls";

/** The picture with everything that is drawn on it; it fills its parent. */
export function Stage({ workbench, view }: { workbench: Bench; view: ViewControls }) {
  const desk = useMemo(() => new Desk(workbench), [workbench]);
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!element.current || !canvas.current) return undefined;
    return new StageController(element.current, canvas.current, desk, view).attach();
  }, [desk, view]);
  const isReady = workbench.readiness.value.kind === "ready" && desk.showsFrame();
  return (
    <div
      ref={element}
      class="stage"
      role="application"
      aria-label="Image"
      aria-roledescription="Image to be segmented"
      aria-describedby="stage-help"
      tabIndex={0}
      data-ready={isReady ? "true" : "false"}
    >
      <canvas ref={canvas} class="stage-canvas" aria-hidden="true" />
      <p id="stage-help" class="stage-hidden">
        Arrow keys move a cross, with Shift faster. Enter adds a point, Backspace removes, Escape hides the cross.
      </p>
      <Announcement desk={desk} />
    </div>
  );
}

function Announcement({ desk }: { desk: Desk }) {
  return (
    <p class="stage-hidden" role="status" aria-live="polite">
      {desk.announcement.value}
    </p>
  );
}
