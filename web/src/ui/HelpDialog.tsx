/** What mouse, fingers and keys do. */
import { Dialog } from "./Dialog";
import { BINDINGS, type Binding } from "./keyboard";

const GROUPS: readonly Binding["group"][] = ["Tools", "Objects", "Images and frames", "View"];

const POINTER: readonly [string, string][] = [
  ["Click", "add to the object"],
  ["Right or Alt click", "take away from it"],
  ["Drag a point", "move it; Alt click on it removes it"],
  ["Ctrl click", "select the object under the pointer"],
  ["Wheel, pinch", "zoom; drag with the middle button, Space or two fingers to move"],
  ["Alt wheel", "size of brush and eraser"],
  ["Shift drag", "window and level"],
  ["Tap, long press", "add, take away (touch)"],
];

/** As people write them. */
const WRITTEN: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

interface HelpDialogProps {
  /** Of the server; empty while it is not known. */
  version: string;
  onClose: () => void;
}

export function HelpDialog({ version, onClose }: HelpDialogProps) {
  return (
    <Dialog title="Help" onClose={onClose}>
      <p>
        Click on a structure and its outline appears; click again to correct it, or drag a box around it first. Choose a
        label on the right. All work is saved as you go and can be undone.
      </p>
      <div class="help">
        <section>
          <h3>Pointer</h3>
          <dl>
            {POINTER.map(([gesture, text]) => (
              <div key={gesture}>
                <dt>{gesture}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <p class="dim">
            With the image focused, arrow keys move a cross (Shift: faster), Enter adds a point there and Backspace
            takes away. Escape ends the cross; then Enter is "Done, next" again.
          </p>
        </section>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {BINDINGS.filter((binding) => binding.group === group).map(({ action, keys, text }) => (
                <div key={action}>
                  <dt>
                    {keys.map((key, index) => (
                      <span key={key}>
                        {index > 0 && " "}
                        <kbd>{WRITTEN[key] ?? key}</kbd>
                      </span>
                    ))}
                  </dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="dim">
        UltraSam {version}. Not a medical device: not for diagnosis.{" "}
        <a href="/assets/licences.md" target="_blank" rel="noopener">
          Licences of what this page is built from
        </a>
      </p>
    </Dialog>
  );
}
