import type { Tool } from "../../state/workbench";
import type { Desk } from "../desk";
import type { ToolHandler } from "../pointing";
import { BoxTool } from "./box";
import { BrushTool } from "./brush";
import { CropTool } from "./crop";
import { PanTool } from "./pan";
import { PointTool } from "./point";
import { RedactTool } from "./redact";
import { RulerTool } from "./ruler";

/** One handler for each tool of the workbench. */
export class Toolbox {
  readonly point: PointTool;
  private readonly handlers: Record<Tool, ToolHandler>;

  constructor(private readonly desk: Desk) {
    this.point = new PointTool(desk);
    this.handlers = {
      point: this.point,
      box: new BoxTool(desk),
      brush: new BrushTool(desk, 1),
      eraser: new BrushTool(desk, 0),
      ruler: new RulerTool(desk),
      pan: new PanTool(desk),
      crop: new CropTool(desk),
      redact: new RedactTool(desk),
    };
  }

  /** The handler of the tool in hand. */
  current(): ToolHandler {
    return this.handlers[this.desk.bench.tool.value];
  }

  /** The tool in hand as it is put to use: a cine stops; null while the frame's picture is not there yet. */
  taken(): ToolHandler | null {
    if (this.desk.bench.tool.value === "pan") return this.current();
    this.desk.bench.pause();
    return this.desk.showsFrame() ? this.current() : null;
  }
}
