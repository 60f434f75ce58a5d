/** Lines above the image that one must not miss. */
import type { Workbench } from "../state/workbench";
import { bannersOf, type BannerText } from "./banners";
import { Icon } from "./icons";
import { focusImage } from "./image_focus";
import { isLookedAt, sayNothingToHide } from "./nothing_to_hide";
import { withTimesSign } from "./times_sign";

const BUTTONS: Record<NonNullable<BannerText["action"]>, string> = {
  takeOver: "Take over",
  reload: "Load what is there now",
  openAgain: "Open it again",
  maskOut: "Mask it out",
};

export function Banners({ workbench }: { workbench: Workbench }) {
  const image = workbench.image.value;
  const banners = bannersOf({
    image,
    imageItem: workbench.imageItem.value,
    saving: workbench.saving.value,
    isReadOnly: workbench.isReadOnly.value,
    isReachable: workbench.reachable.value,
    isReplaced: workbench.isReplaced.value,
    isLookedAt: isLookedAt(image?.id),
  });
  // A button that goes with its banner would take the focus along.
  const act = (action: NonNullable<BannerText["action"]>) => {
    // Nothing of the former picture is left then; what is not saved yet is kept in the browser.
    if (action === "openAgain") return window.location.reload();
    if (action === "maskOut") workbench.tool.value = "redact";
    else void workbench.takeOver();
    focusImage();
  };
  const dismiss = () => {
    if (image) sayNothingToHide(image.id);
    focusImage();
  };
  return (
    <div class="banners" role="region" aria-label="Warnings" aria-live="polite">
      {banners.map(({ id, kind, text, action, dismissal }) => (
        <div key={id} class={`banner ${kind}`} data-banner={id}>
          <Icon name="warning" />
          <p>{withTimesSign(text)}</p>
          {(action || dismissal) && (
            <div class="banner-buttons">
              {action && (
                <button type="button" onClick={() => act(action)}>
                  {BUTTONS[action]}
                </button>
              )}
              {action === "maskOut" && (
                <button type="button" onClick={() => (workbench.tool.value = "crop")}>
                  Crop
                </button>
              )}
              {dismissal && (
                <button type="button" onClick={dismiss}>
                  {dismissal}
                </button>
              )}
            </div>
          )}
        </div>
      ))}
    </div>
  );
}
