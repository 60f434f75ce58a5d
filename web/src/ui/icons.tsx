/** Small line drawings of 24 x 24 units; they say nothing to a screen reader, the control's name does. */

const DRAWINGS = {
  point: "M12 4v4M12 16v4M4 12h4M16 12h4M12 12h.01",
  box: "M5 6h14v12H5zM3.5 4.5h3v3h-3zM17.5 4.5h3v3h-3zM3.5 16.5h3v3h-3zM17.5 16.5h3v3h-3z",
  boxOff: "M8 6h11v11M16 18H5V7M4 4l16 16",
  drop: "M12 3.5c3.5 4.5 5.5 7 5.5 10a5.5 5.5 0 0 1-11 0c0-3 2-5.5 5.5-10zM9 14a3 3 0 0 0 3 3",
  brush: "M20 4c-5 2-9 6-10.5 9l2 2C14.5 13 18 9 20 4zM9 13.5c-3 0-3 3-3.5 4.5-.3 1-1 1.5-2 1.700C7 21 11 20 11 15.5",
  eraser: "M8.5 19.5 4 15l9.5-10 6.5 6-8 8.5zM9 10l6 6M8 19.5h12",
  ruler: "M3 15.5 15.5 3 21 8.5 8.5 21zM7 12l2 2M10 9l3 3M13 6l2 2",
  hand: "M8 12V6.5a1.5 1.5 0 0 1 3 0V11M11 10V4.5a1.5 1.5 0 0 1 3 0V11M14 10V6a1.5 1.5 0 0 1 3 0v7c0 5-2 7.5-5.5 7.5-3 0-4.5-1.5-7-6.5-.6-1.300 1-2.5 2.200-1.300L8 14",
  crop: "M6 2v16h16M2 6h16v16",
  redact: "M4 5h16v14H4zM7 9h10v6H7zM9 9v6M11 9v6M13 9v6M15 9v6",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  undo: "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3",
  redo: "m16 5 4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h3",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  eyeOff:
    "M4 4l16 16M9.5 5.900A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.700M6.5 7.5A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4-1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
  unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.800-1.200M12 14.5v2",
  bin: "M4.5 7h15M9 7V4.5h6V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
  up: "m6 14.5 6-6 6 6",
  down: "m6 9.5 6 6 6-6",
  left: "m14.5 6-6 6 6 6",
  right: "m9.5 6 6 6-6 6",
  carry: "M4 6h9v12H4zM16 8.5 20 12l-4 3.5M10 12h10",
  reuse: "M12 4a8 8 0 1 0 8 8M12 8.5v7M8.5 12h7M20 4v5h-5",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  open: "M3 19V5.5h6l2 2.5h10v11zM12 16v-5M9.5 13 12 10.5 14.5 13",
  refresh: "M19.5 8A8 8 0 1 0 20 13M20 4v4.5h-4.5",
  labels: "M3.5 12.5V4h8.5l8.5 8.5-8.5 8.5zM8 8.5h.01",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 19.5h15",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.300c-.7.3-1 .8-1 1.700M12 17h.01",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  halves: "M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17",
  images: "M3.5 6.5h13v13h-13zM7 3.5h13.5V17M3.5 16l4-4 3 3 2.5-2 3.5 3.5",
  panels: "M4 6h16M4 12h16M4 18h16M9 4v4M15 10v4M8 16v4",
  close: "M6 6l12 12M18 6 6 18",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  warning: "M12 4 2.5 20h19zM12 10v5M12 17.5h.01",
  check: "m5 12.5 5 5L19.5 7",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.5h.01",
} as const;

export type IconName = keyof typeof DRAWINGS;

/** One drawing in the colour of the text around it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={DRAWINGS[name]} />
    </svg>
  );
}

interface IconButtonProps {
  icon: IconName;
  /** The accessible name, and the tip that a mouse sees. */
  name: string;
  /** As in "Ctrl+Z": told in the tip. */
  keys?: string;
  class?: string;
  disabled?: boolean;
  onClick: (event: MouseEvent) => void;
}

/** A button that is known by its drawing. */
export function IconButton({ icon, name, keys, disabled, onClick, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      class={rest.class ?? "bare"}
      aria-label={name}
      title={keys ? `${name} (${keys})` : name}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
