/** Where the focus goes when an object is deleted that holds it. */
import type { Workbench } from "../state/workbench";
import { focusImage } from "./image_focus";

/** Deletes the selected object; a focus in its row goes to the next row, of the last one to the picture. */
export function deleteSelected(workbench: Workbench): void {
  const id = workbench.selectedId.value;
  if (id === null) return;
  const row = document.querySelector(".object[aria-current]");
  const hadFocus = row?.contains(document.activeElement);
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  workbench.remove(id);
  // A locked one stays.
  if (!hadFocus || workbench.selectedId.value === id) return;
  const button = neighbour?.querySelector<HTMLElement>(".number");
  if (button) button.focus();
  else focusImage();
}
