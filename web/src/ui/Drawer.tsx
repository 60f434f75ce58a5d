/** A side of the page; on narrow screens it lies over the image and can be closed. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "./icons";
import type { DrawerName, Shell } from "./shell";

interface DrawerProps {
  name: DrawerName;
  /** The accessible name. */
  label: string;
  shell: Shell;
  children: ComponentChildren;
}

export function Drawer({ name, label, shell, children }: DrawerProps) {
  const side = useRef<HTMLElement>(null);
  const isOpen = shell.drawer.value === name;
  useEffect(() => {
    if (!isOpen) return;
    const before = document.activeElement;
    side.current?.focus();
    return () => (before instanceof HTMLElement ? before.focus() : undefined);
  }, [isOpen]);
  return (
    <aside ref={side} class={`side ${name}-side`} id={`${name}-drawer`} aria-label={label} tabIndex={-1}>
      <div class="narrow-only drawer-head">
        <IconButton icon="close" name="Close this panel" onClick={() => (shell.drawer.value = null)} />
      </div>
      {children}
    </aside>
  );
}
