import { render } from "preact";
import { Api } from "./api/client";
import { IndexedOutbox, MemoryOutbox } from "./model/outbox";
import { Decoders } from "./state/decoders";
import { tabId } from "./state/tab";
import { Workbench } from "./state/workbench";
import { App } from "./ui/App";

declare global {
  interface Window {
    /** For tests and the curious. */
    workbench?: Workbench;
  }
}

async function main(): Promise<void> {
  const api = new Api();
  const outbox = await IndexedOutbox.open().catch((error: unknown) => {
    console.warn("This browser keeps nothing, so unsent changes last as long as the page.", error);
    return new MemoryOutbox();
  });
  const workbench = new Workbench(api, new Decoders(api), outbox, await tabId());
  window.workbench = workbench;
  const root = document.getElementById("root");
  if (root) render(<App workbench={workbench} />, root);
  await workbench.start();
}

void main();
