/** Short messages in the corner. Errors stay until they are closed, or no longer true. */
import { useEffect } from "preact/hooks";
import type { Notice } from "../state/kinds";
import type { Workbench } from "../state/workbench";
import { Icon, IconButton } from "./icons";
import { withTimesSign } from "./times_sign";

/** Of so many that pile up the newest are shown. */
const SHOWN = 2;
const SHOWN_MS = { info: 6_000, warning: 12_000, action: 20_000 };

export function Notices({ workbench }: { workbench: Workbench }) {
  const notices = workbench.notices.value;
  const earlier = notices.length - SHOWN;
  return (
    <div class="notices" role="log" aria-live="polite" aria-label="Messages">
      {earlier > 0 && (
        <div class="notice">
          <p class="dim">{earlier === 1 ? "1 earlier message" : `${earlier} earlier messages`}</p>
          <button type="button" class="bare padded" onClick={() => workbench.dismissAll()}>
            Close all
          </button>
        </div>
      )}
      {notices.slice(-SHOWN).map((notice) => (
        <NoticeLine key={notice.id} notice={notice} onClose={() => workbench.dismiss(notice.id)} />
      ))}
    </div>
  );
}

function NoticeLine({ notice, onClose }: { notice: Notice; onClose: () => void }) {
  const { action } = notice;
  useEffect(() => {
    if (notice.kind === "error") return;
    const timer = setTimeout(onClose, action ? SHOWN_MS.action : SHOWN_MS[notice.kind]);
    return () => clearTimeout(timer);
  }, [notice.id]);
  return (
    <div class={`notice ${notice.kind}`}>
      <Icon name={notice.kind === "info" ? "info" : "warning"} />
      <p>{withTimesSign(notice.text)}</p>
      {action && (
        <button
          type="button"
          onClick={() => {
            onClose();
            action.act();
          }}
        >
          {action.name}
        </button>
      )}
      <IconButton icon="close" name="Close this message" onClick={onClose} />
    </div>
  );
}
