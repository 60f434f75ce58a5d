// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { moveAmongRadios } from "../../src/ui/radio_keys";

it("arrows go around a group and leave out what is disabled", () => {
  document.body.innerHTML = `<div><button role="radio" id="a"></button><button role="radio" id="b" disabled></button>
    <button role="radio" id="c"></button></div>`;
  const group = document.querySelector("div")!;
  group.addEventListener("keydown", (event) =>
    moveAmongRadios(event as KeyboardEvent & { currentTarget: HTMLElement }),
  );
  const visited = ["ArrowRight", "ArrowDown", "ArrowLeft", "Enter"].map((key) => {
    if (document.activeElement === document.body) document.getElementById("a")!.focus();
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    document.activeElement!.dispatchEvent(event);
    return [document.activeElement!.id, event.defaultPrevented];
  });
  expect(visited).toEqual([
    ["c", true],
    ["a", true],
    ["c", true],
    ["c", false],
  ]);
});
