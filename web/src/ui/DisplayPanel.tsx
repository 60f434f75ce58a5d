/** How the picture and the masks are shown. */
import type { Signal } from "@preact/signals";
import type { Workbench } from "../state/workbench";

export function DisplayPanel({ workbench }: { workbench: Workbench }) {
  return (
    <section class="panel" aria-labelledby="display-head">
      <div class="panel-head">
        <h2 id="display-head">Display</h2>
        <button type="button" onClick={() => workbench.resetDisplay()}>
          Reset
        </button>
      </div>
      <div class="sliders">
        <Slider
          name="Window"
          value={workbench.window}
          min={1}
          max={511}
          step={1}
          text={(value) => `${Math.round(value)}`}
        />
        <Slider
          name="Level"
          value={workbench.level}
          min={0}
          max={255}
          step={0.5}
          text={(value) => `${Math.round(value)}`}
        />
        <Slider
          name="Opacity"
          value={workbench.opacity}
          min={0}
          max={1}
          step={0.05}
          text={(value) => `${Math.round(value * 100)} %`}
        />
      </div>
      <div class="checks">
        <Check name="Show masks" value={workbench.overlayVisible} />
        <Check name="Invert" value={workbench.invert} />
      </div>
    </section>
  );
}

interface SliderProps {
  name: string;
  value: Signal<number>;
  min: number;
  max: number;
  step: number;
  text: (value: number) => string;
}

function Slider({ name, value, min, max, step, text }: SliderProps) {
  return (
    <label class="slider">
      <span>{name}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value.value}
        aria-label={name}
        aria-valuetext={text(value.value)}
        onInput={(event) => (value.value = event.currentTarget.valueAsNumber)}
      />
      <span class="figure">{text(value.value)}</span>
    </label>
  );
}

function Check({ name, value }: { name: string; value: Signal<boolean> }) {
  return (
    <label class="check">
      <input type="checkbox" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} />
      {name}
    </label>
  );
}
