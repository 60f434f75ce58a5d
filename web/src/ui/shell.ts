/** What the page shows besides the image: open dialog, open drawer, the handle on the stage's view. */
import { signal, type Signal } from "@preact/signals";
import { ViewControls } from "../canvas/view_controls";

export type DialogName = "labels" | "export" | "help";
export type DrawerName = "images" | "panels";

export class Shell {
  readonly view = new ViewControls();
  readonly dialog: Signal<DialogName | null> = signal<DialogName | null>(null);
  /** On narrow screens alone: the one panel that lies over the image. */
  readonly drawer: Signal<DrawerName | null> = signal<DrawerName | null>(null);

  /** Opens a drawer, or closes it if it is the open one. */
  toggleDrawer(name: DrawerName): void {
    this.drawer.value = this.drawer.value === name ? null : name;
  }
}
