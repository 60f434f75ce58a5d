/** Files on their way to the server. */
import type { Workbench } from "../state/workbench";

export function Uploads({ workbench }: { workbench: Workbench }) {
  const uploads = workbench.uploads.value;
  if (uploads.length === 0) return null;
  return (
    <ul class="uploads" role="list" aria-label="Files being opened">
      {uploads.map(({ name, fraction }, index) => (
        <li key={index}>
          <span class="ellipsis">{name}</span>
          <progress aria-label={`Opening ${name}`} max={1} value={fraction} />
        </li>
      ))}
    </ul>
  );
}
