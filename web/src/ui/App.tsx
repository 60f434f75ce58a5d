/** The whole page. */
import { useEffect, useMemo } from "preact/hooks";
import { Stage } from "../canvas/Stage";
import type { Workbench } from "../state/workbench";
import { listenToKeys } from "./actions";
import { Banners } from "./Banner";
import { Candidates } from "./Candidates";
import { CineBar } from "./CineBar";
import { DisplayPanel } from "./DisplayPanel";
import { Drawer } from "./Drawer";
import { DropHint } from "./DropHint";
import { ExportDialog } from "./ExportDialog";
import { GlobalActions, Header } from "./Header";
import { HelpDialog } from "./HelpDialog";
import { focusImage } from "./image_focus";
import { ImageList } from "./ImageList";
import { ImagePanel } from "./ImagePanel";
import { LabelsDialog } from "./LabelsDialog";
import { MeasurePanel, RulersPanel } from "./MeasurePanel";
import { Notices } from "./Notices";
import { ObjectsPanel } from "./ObjectsPanel";
import { OpenFiles } from "./OpenFiles";
import { Shell } from "./shell";
import { StatusBar } from "./StatusBar";
import { showTheme } from "./theme";
import { BrushSize, Toolbar } from "./Toolbar";
import { WaitingMeasures } from "./WaitingMeasures";
import "./theme.css";
import "./controls.css";
import "./layout.css";
import "./lists.css";
import "./panels.css";
import "./dialogs.css";
import "./bars.css";
import "./narrow.css";

export function App({ workbench }: { workbench: Workbench }) {
  const shell = useMemo(() => new Shell(), []);
  useEffect(showTheme, []);
  useEffect(() => listenToKeys(workbench, shell), [workbench, shell]);
  const name = workbench.image.value?.name;
  useEffect(() => {
    document.title = name ? `${name} – UltraSam` : "UltraSam workbench";
  }, [name]);
  const drawer = shell.drawer.value;
  return (
    <div class="page" data-drawer={drawer ?? undefined}>
      <button type="button" class="skip" onClick={focusImage}>
        Go to the image
      </button>
      <Header workbench={workbench} shell={shell} />
      <Drawer name="images" label="Images of the folder" shell={shell}>
        <ImageList workbench={workbench} shell={shell} />
        <div class="narrow-only drawer-foot">
          <GlobalActions workbench={workbench} shell={shell} />
        </div>
      </Drawer>
      <Notices workbench={workbench} />
      <main class="middle">
        <Banners workbench={workbench} />
        <div class="work">
          <Toolbar workbench={workbench} shell={shell} />
          <div class="stage-box">
            <Stage workbench={workbench} view={shell.view} />
            <BrushSize workbench={workbench} />
            <StageCover workbench={workbench} />
          </div>
        </div>
        <CineBar workbench={workbench} />
      </main>
      <Drawer name="panels" label="Objects, measurements, display" shell={shell}>
        <ObjectsPanel workbench={workbench} shell={shell} />
        <Candidates workbench={workbench} />
        <MeasurePanel workbench={workbench} />
        <WaitingMeasures workbench={workbench} />
        <RulersPanel workbench={workbench} />
        <DisplayPanel workbench={workbench} />
        <ImagePanel workbench={workbench} />
      </Drawer>
      {drawer && <div class="drawer-shade" aria-hidden="true" onClick={() => (shell.drawer.value = null)} />}
      <StatusBar workbench={workbench} />
      <Dialogs workbench={workbench} shell={shell} />
      <DropHint workbench={workbench} />
    </div>
  );
}

/** What stands in the place of the picture while there is none. */
function StageCover({ workbench }: { workbench: Workbench }) {
  if (workbench.image.value || !workbench.status.value) return null;
  if (workbench.isOpening.value) return <p class="stage-cover">Opening the image …</p>;
  if (workbench.total.value > 0) return <p class="stage-cover">Choose an image on the left.</p>;
  return (
    <div class="stage-cover">
      <p>Drop ultrasound images here: PNG, JPEG, TIFF, DICOM, NIfTI or video.</p>
      <OpenFiles workbench={workbench} class="primary" withText />
    </div>
  );
}

function Dialogs({ workbench, shell }: { workbench: Workbench; shell: Shell }) {
  const close = () => (shell.dialog.value = null);
  switch (shell.dialog.value) {
    case "labels":
      return <LabelsDialog workbench={workbench} onClose={close} />;
    case "export":
      return <ExportDialog workbench={workbench} onClose={close} />;
    case "help":
      return <HelpDialog version={workbench.status.value?.version ?? ""} onClose={close} />;
    case null:
      return null;
  }
}
