"""Segment the images of this folder with the model inside the package: a box, a point, two points, several boxes.

python examples/demo.py --out demo
"""

import argparse
import json
from pathlib import Path

import ultrasam
from ultrasam.imaging import write_overlay

HERE = Path(__file__).parent

#: Name of the outputs, file, pixel spacing in mm where it is published (HC18's table, see README.md), and a prompt
#: for each object.
TASKS = [
    (
        "fetal_head_box",
        "fetal_head.png",
        (0.23585714045, 0.23585714045),
        [ultrasam.Prompts(box_xyxy=(184, 104, 612, 444), name="fetal head")],
    ),
    (
        "breast_cyst_point",
        "breast_lesion.png",
        None,
        [ultrasam.Prompts(points_xy=[(575, 225)], name="cyst")],
    ),
    (
        "breast_cyst_two_points",
        "breast_lesion.png",
        None,
        [ultrasam.Prompts(points_xy=[(575, 225), (640, 220)], labels=[1, 0], name="cyst")],
    ),
    (
        "neck_two_boxes",
        "nerve.png",
        None,
        [
            ultrasam.Prompts(box_xyxy=(61, 143, 150, 207), name="vessel"),
            ultrasam.Prompts(box_xyxy=(148, 168, 252, 234), name="nerve"),
        ],
    ),
]


def main() -> None:
    """Write a mask per object, an overlay per task and a JSON of all, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    folder = parser.parse_args().out

    model = ultrasam.load(cache=True)
    print(f"Model: {model.checkpoint.metadata['title']} ({model.checkpoint.metadata['licence']})\n")
    found = []
    for task, file, spacing_mm, prompts in TASKS:
        image = ultrasam.read(HERE / file, spacing_mm=spacing_mm)
        frame = image.frame(0)
        segmentations = model.embed(frame).segment_batch(prompts)
        print(f"{task}: {file}, {image.size_hw[1]} x {image.size_hw[0]} pixels, {image.calibration}")
        for segmentation in segmentations:
            name = str(segmentation.prompts.name)
            stem = task if len(prompts) == 1 else f"{task}_{name}"
            segmentation.save(folder / f"{stem}_mask.png")
            measured = segmentation.measurements.to_dict()
            found.append({"task": task, "file": file, "name": name, "score": segmentation.score, **measured})
            print(f"  {name}: score {segmentation.score:.2f}, {describe(segmentation)}")
        masks, captions = [s.mask for s in segmentations], [str(p.name) for p in prompts]
        write_overlay(folder / f"{task}_overlay.png", frame.pixels, masks, prompts, captions)
    report = folder / "demo.json"
    report.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(f"\nMasks, overlays and {report.name} are in {folder}.")


def describe(segmentation: ultrasam.Segmentation) -> str:
    """Area in pixels and, where the image is calibrated, in mm²."""
    area = f"area {segmentation.area_px:,} px"
    return area if segmentation.area_mm2 is None else f"{area} = {segmentation.area_mm2:,.0f} mm²"


if __name__ == "__main__":
    main()
