/** The images of the folder: search, filter, thumbnails, state. */
import { useComputed, useSignal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import type { ImageSummary } from "../api/answers";
import type { ImageState } from "../model/items";
import type { Workbench } from "../state/workbench";
import { STATES } from "./export_choice";
import { splitName } from "./file_name";
import { IconButton } from "./icons";
import { MiddleCut } from "./MiddleCut";
import { OpenFiles } from "./OpenFiles";
import { moveAmongRadios } from "./radio_keys";
import type { Shell } from "./shell";
import { StateMark } from "./StateMark";
import { Uploads } from "./Uploads";
import { VirtualList } from "./VirtualList";

const ROW_PX = 60;
/** Stepping from image to image keeps the open one so far from the list's ends, CSS px. */
const AROUND_PX = 3 * ROW_PX;
const FILTERS: readonly { state: ImageState | null; name: string }[] = [{ state: null, name: "All" }, ...STATES];

/** The left side of the page. */
export function ImageList({ workbench, shell }: { workbench: Workbench; shell: Shell }) {
  const images = workbench.images.value;
  const total = workbench.total.value;
  const openIndex = useComputed(() => {
    const id = workbench.image.value?.id;
    return workbench.images.value.findIndex((image) => image !== undefined && image.id === id);
  });
  const onRows = useCallback(
    (first: number, end: number) => {
      workbench.ensureImages(first);
      workbench.ensureImages(Math.max(first, end - 1));
    },
    // A list that was read anew holds its beginning only.
    [workbench, images],
  );
  const pressed = useRef("");
  // The rows must not move under the mouse that has just chosen one.
  const around = pressed.current !== "" && pressed.current === workbench.image.value?.id ? 0 : AROUND_PX;
  const withoutThumbnail = useMemo(() => new Set<string>(), []);
  useEffect(() => withoutThumbnail.clear(), [workbench.reachable.value]);
  const open = (image: ImageSummary) => {
    pressed.current = image.id;
    shell.drawer.value = null;
    void workbench.openImage(image.id);
  };
  return (
    <>
      <div class="panel-head">
        <h2 class="ellipsis" title={workbench.status.value?.folder}>
          {workbench.status.value?.folder || "Images"}
        </h2>
        <IconButton
          icon="refresh"
          name="Read the folder again"
          onClick={() => {
            withoutThumbnail.clear();
            void workbench.refreshImages();
          }}
        />
        <OpenFiles workbench={workbench} class="bare" />
      </div>
      <Filters workbench={workbench} />
      <Uploads workbench={workbench} />
      {total === 0 ? (
        <Nothing workbench={workbench} />
      ) : (
        <VirtualList name="Images" count={total} row={ROW_PX} shown={openIndex.value} around={around} onRows={onRows}>
          {(index, isTabStop) => {
            const image = images[index];
            if (!image) return <div class="image-row dim">…</div>;
            return (
              <ImageRow
                key={image.id}
                image={image}
                thumbnail={workbench.thumbnailUrl(image.id)}
                withoutThumbnail={withoutThumbnail}
                isOpen={index === openIndex.value}
                isUnreadable={workbench.unreadable.value.has(image.id)}
                isTabStop={isTabStop}
                onOpen={() => open(image)}
              />
            );
          }}
        </VirtualList>
      )}
    </>
  );
}

function Filters({ workbench }: { workbench: Workbench }) {
  const { new: fresh, "in work": inWork, done } = workbench.counts.value;
  const countOf = (state: ImageState | null) =>
    state === null ? fresh + inWork + done : workbench.counts.value[state];
  return (
    <div class="filters">
      <input
        type="search"
        aria-label="Search images by name"
        placeholder="Search by name"
        value={workbench.search.value}
        onInput={(event) => (workbench.search.value = event.currentTarget.value)}
      />
      <div class="segments" role="radiogroup" aria-label="Show images by state" onKeyDown={moveAmongRadios}>
        {FILTERS.map(({ state, name }) => (
          <button
            key={name}
            type="button"
            role="radio"
            aria-checked={workbench.stateFilter.value === state}
            tabIndex={workbench.stateFilter.value === state ? 0 : -1}
            onClick={() => (workbench.stateFilter.value = state)}
          >
            {name} <span class="count">{countOf(state)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

interface ImageRowProps {
  image: ImageSummary;
  thumbnail: string;
  /** Addresses of thumbnails that could not be had: they are not asked for again with each drawing of the row. */
  withoutThumbnail: Set<string>;
  isOpen: boolean;
  isUnreadable: boolean;
  isTabStop: boolean;
  onOpen: () => void;
}

function ImageRow(props: ImageRowProps) {
  const { image, thumbnail, withoutThumbnail, isOpen, isUnreadable, isTabStop, onOpen } = props;
  const { folder, base } = splitName(image.name);
  const button = useRef<HTMLButtonElement>(null);
  // The arrow keys go from image to image: the focus goes along, if it was in the list.
  useEffect(() => {
    const list = button.current?.closest(".virtual-list");
    if (isOpen && list?.contains(document.activeElement)) button.current?.focus({ preventScroll: true });
  }, [isOpen]);
  return (
    <button
      ref={button}
      type="button"
      class="image-row"
      tabIndex={isTabStop ? 0 : -1}
      aria-current={isOpen ? "true" : undefined}
      aria-label={`${image.name}, ${rowText(image, isUnreadable)}, ${image.state}`}
      title={image.name}
      onClick={onOpen}
    >
      <Thumbnail url={isUnreadable ? "" : thumbnail} broken={withoutThumbnail} />
      <span class="image-text">
        <MiddleCut text={base} />
        <span class={isUnreadable ? "ellipsis unreadable" : "ellipsis dim"}>{rowText(image, isUnreadable)}</span>
        {folder && <span class="ellipsis dim">{folder}</span>}
      </span>
      <StateMark state={image.state} />
    </button>
  );
}

function rowText({ isMissing, objects, isUpload }: ImageSummary, isUnreadable: boolean): string {
  if (isMissing) return "file is missing";
  if (isUnreadable) return "cannot be opened";
  const count = objects === 0 ? "no object" : objects === 1 ? "1 object" : `${objects} objects`;
  return isUpload ? `${count}, added` : count;
}

function Thumbnail({ url, broken }: { url: string; broken: Set<string> }) {
  const isBroken = useSignal(broken.has(url));
  if (isBroken.value || url === "") return <span class="thumbnail" />;
  return (
    <img
      class="thumbnail"
      src={url}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => {
        broken.add(url);
        isBroken.value = true;
      }}
    />
  );
}

function Nothing({ workbench }: { workbench: Workbench }) {
  const isFiltered = workbench.search.value !== "" || workbench.stateFilter.value !== null;
  if (!workbench.status.value) return <p class="empty dim">Reading the folder …</p>;
  if (isFiltered) {
    return (
      <div class="empty dim">
        <p>No image fits the search.</p>
        <button
          type="button"
          onClick={() => {
            workbench.search.value = "";
            workbench.stateFilter.value = null;
          }}
        >
          Show all images
        </button>
      </div>
    );
  }
  return (
    <div class="empty dim">
      <p>No images yet. Drop files here, or open them: PNG, JPEG, TIFF, DICOM, NIfTI or video.</p>
      <OpenFiles workbench={workbench} class="primary" withText />
    </div>
  );
}
