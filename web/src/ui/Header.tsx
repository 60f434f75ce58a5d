/** The bar on top: which image, what can be done with the whole. */
import type { Workbench } from "../state/workbench";
import { doneAndNext } from "./actions";
import { splitName } from "./file_name";
import { Icon, IconButton, type IconName } from "./icons";
import { MiddleCut } from "./MiddleCut";
import { OpenFiles } from "./OpenFiles";
import type { Shell } from "./shell";
import { theme, themeAfter, type Theme } from "./theme";

export function Header({ workbench, shell }: { workbench: Workbench; shell: Shell }) {
  const image = workbench.image.value;
  return (
    <header class="header">
      <DrawerButton name="images" text="Images" icon="images" shell={shell} />
      <h1>UltraSam</h1>
      <div class="title">
        <IconButton
          icon="up"
          name="Previous image"
          keys="PageUp"
          disabled={!image}
          onClick={() => void workbench.previous()}
        />
        <IconButton
          icon="down"
          name="Next image"
          keys="PageDown"
          disabled={!image}
          onClick={() => void workbench.next()}
        />
        <span class="file-name" title={image?.name}>
          {image ? <FileName path={image.name} /> : "No image"}
        </span>
      </div>
      <div class="actions">
        <IconButton
          icon="undo"
          name="Undo"
          keys="Ctrl+Z"
          disabled={!workbench.canUndo.value}
          onClick={() => workbench.undo()}
        />
        <IconButton
          icon="redo"
          name="Redo"
          keys="Ctrl+Shift+Z"
          disabled={!workbench.canRedo.value}
          onClick={() => workbench.redo()}
        />
        <button
          type="button"
          class="primary"
          aria-label="Done, next"
          disabled={!image}
          title="Done and next image (Enter)"
          onClick={() => doneAndNext(workbench)}
        >
          <Icon name="check" />
          <span class="wide-only-text">Done, next</span>
        </button>
        <div class="wide-only">
          <GlobalActions workbench={workbench} shell={shell} />
        </div>
        <DrawerButton name="panels" text="Objects and display" icon="panels" shell={shell} />
      </div>
    </header>
  );
}

function FileName({ path }: { path: string }) {
  const { folder, base } = splitName(path);
  return (
    <>
      <span class="ellipsis dim wide-only-text">{folder}</span>
      <MiddleCut text={base} />
    </>
  );
}

/** Actions on the whole; on narrow screens they stand at the foot of the list of images. */
export function GlobalActions({ workbench, shell }: { workbench: Workbench; shell: Shell }) {
  return (
    <div class="global-actions">
      <OpenFiles workbench={workbench} class="bare padded" withText />
      <button type="button" class="bare padded" onClick={() => (shell.dialog.value = "export")}>
        <Icon name="download" />
        Export
      </button>
      <ThemeSwitch />
      <IconButton icon="help" name="Help" keys="?" onClick={() => (shell.dialog.value = "help")} />
    </div>
  );
}

const THEMES: Record<Theme, { icon: IconName; name: string }> = {
  system: { icon: "halves", name: "Colours as the system has them" },
  light: { icon: "sun", name: "Light colours" },
  dark: { icon: "moon", name: "Dark colours" },
};

function ThemeSwitch() {
  const { icon, name } = THEMES[theme.value];
  return <IconButton icon={icon} name={`${name}: change`} onClick={() => (theme.value = themeAfter(theme.value))} />;
}

interface DrawerButtonProps {
  name: "images" | "panels";
  text: string;
  icon: IconName;
  shell: Shell;
}

function DrawerButton({ name, text, icon, shell }: DrawerButtonProps) {
  return (
    <button
      type="button"
      class="bare narrow-only"
      aria-label={text}
      aria-expanded={shell.drawer.value === name}
      aria-controls={`${name}-drawer`}
      onClick={() => shell.toggleDrawer(name)}
    >
      <Icon name={icon} />
    </button>
  );
}
