/** A list of any length that draws only the rows one sees. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { scrollToShow, tabStop, visibleRows } from "./virtual_list";

interface VirtualListProps {
  name: string;
  count: number;
  /** Height of a row, CSS px. */
  row: number;
  /** A row that is brought into view when it changes; -1 for none. */
  shown: number;
  /** So many CSS px above and below it are brought into view with it. */
  around: number;
  /** The list is one stop of the Tab key: `isTabStop` says which row that is. */
  children: (index: number, isTabStop: boolean) => ComponentChildren;
  /** Told which rows are drawn, so that what is missing can be fetched. */
  onRows?: (first: number, end: number) => void;
}

/** Rows lie at their places inside a box as high as all of them. */
export function VirtualList({ name, count, row, shown, around, children, onRows }: VirtualListProps) {
  const box = useRef<HTMLDivElement>(null);
  const scroll = useSignal(0);
  const height = useSignal(800);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = box.current;
    if (!element || shown < 0) return;
    element.scrollTop = scrollToShow(shown, element.scrollTop, element.clientHeight, row, around);
  }, [shown, row]);

  const { first, end } = visibleRows(scroll.value, height.value, row, count);
  useEffect(() => onRows?.(first, end), [first, end, onRows]);

  const stop = tabStop(shown, scroll.value, row, { first, end });
  const rows = Array.from({ length: end - first }, (_, offset) => first + offset);
  return (
    <div class="virtual-list" ref={box} onScroll={(event) => (scroll.value = event.currentTarget.scrollTop)}>
      <ul role="list" aria-label={name} style={{ height: `${count * row}px` }}>
        {rows.map((index) => (
          <li
            key={index}
            role="listitem"
            aria-setsize={count}
            aria-posinset={index + 1}
            style={{ top: `${index * row}px`, height: `${row}px` }}
          >
            {children(index, index === stop)}
          </li>
        ))}
      </ul>
    </div>
  );
}
