/** The network's alternatives for the selected object, each with the quality that it predicts. */
import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { MaskBitmap } from "../model/mask";
import type { FramePixels } from "../state/kinds";
import type { Workbench } from "../state/workbench";
import { cutAround, paintMask, type Cut } from "./mask_picture";
import { qualityText } from "./measure_text";
import { moveAmongRadios } from "./radio_keys";

const WIDTH = 72;
const HEIGHT = 54;

export function Candidates({ workbench }: { workbench: Workbench }) {
  const candidates = workbench.candidates.value;
  const cut = useComputed(() => {
    const masks = workbench.candidates.value.map(({ mask }) => mask);
    return cutAround(masks, WIDTH / HEIGHT, workbench.stretch.value);
  });
  const object = workbench.selected.value;
  if (!object || candidates.length === 0 || !cut.value) return null;
  const chosen = object.prompt.choice;
  const isFixed = workbench.isReadOnly.value || object.locked;
  const colour = workbench.colourOf(object);
  return (
    <section class="panel" aria-labelledby="candidates-head">
      <h2 id="candidates-head">Alternatives</h2>
      <div class="candidates" role="radiogroup" aria-labelledby="candidates-head" onKeyDown={moveAmongRadios}>
        <button
          type="button"
          role="radio"
          aria-checked={chosen === 0}
          tabIndex={chosen === 0 ? 0 : -1}
          title="The model's single mask (0)"
          disabled={isFixed}
          onClick={() => void workbench.choose(object.id, 0)}
        >
          Single mask
        </button>
        {candidates.map(({ choice, score, mask }) => (
          <button
            key={choice}
            type="button"
            role="radio"
            aria-checked={chosen === choice}
            tabIndex={chosen === choice ? 0 : -1}
            aria-label={`Alternative ${choice}, predicted quality ${qualityText(score)}`}
            title={`Alternative ${choice} (${choice})`}
            disabled={isFixed}
            onClick={() => void workbench.choose(object.id, choice)}
          >
            <MaskPicture mask={mask} cut={cut.value as Cut} frame={workbench.pixels.value} colour={colour} />
            <span>{qualityText(score)}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

interface MaskPictureProps {
  mask: MaskBitmap;
  cut: Cut;
  frame: FramePixels | null;
  colour: string;
}

function MaskPicture({ mask, cut, frame, colour }: MaskPictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const picture = context.createImageData(WIDTH, HEIGHT);
    paintMask(picture.data, WIDTH, HEIGHT, cut, frame, mask, colour);
    context.putImageData(picture, 0, 0);
  }, [mask, cut, frame, colour]);
  return <canvas ref={canvas} width={WIDTH} height={HEIGHT} aria-hidden="true" />;
}
