"""Conversion of a data set with one and two workers and on Ray, in turn: images and megabytes per second.

python -m benchmarks.corpus_conversion CORPUS [--images 1900] [--runs 3]

CORPUS holds COCO folders. Their images and masks are written as a data set in BUS-BRA's own layout first (8-bit PNG
images and masks, two tables), which is then converted; megabytes are those of the source. Start-up of processes
and of Ray is part of the time. The last line is a run with one worker that finds everything done already.
"""

import argparse
import csv
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from PIL import Image

from ultrasam.corpus import CocoFolder, find_coco
from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.preparing import Options, prepare

WAYS = {
    "1 worker": Options(),
    "2 workers": Options(workers=2),
    "Ray, 2 workers": Options(workers=2, engine="ray"),
}
TABLES = {
    "bus_data.csv": ("ID", "Case", "Histology", "Pathology", "BIRADS", "Device", "Side"),
    "5-fold-cv.csv": ("ID", "Pathology", "kFold"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--images", type=int, default=1900)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "BUSBRA")
        count, megabytes = write_source(arguments.corpus, arguments.images, source)
        seconds: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(arguments.runs):
            for name, options in WAYS.items():
                shutil.rmtree(Path(folder, "out"), ignore_errors=True)
                begin = time.perf_counter()
                report = prepare(find_card("BUS-BRA"), source, Path(folder, "out"), options)
                seconds[name].append(time.perf_counter() - begin)
                if report.images != count:
                    raise SystemExit(f"{name} converted {report.images} of {count} images")
        begin = time.perf_counter()
        prepare(find_card("BUS-BRA"), source, Path(folder, "out"))
        unchanged = time.perf_counter() - begin
    print(f"{count} images, {megabytes:.0f} MB as PNG with masks, {arguments.runs} runs in turn\n")
    print("| | seconds (lowest to highest) | images/s | MB/s | times 1 worker |\n|---|---|---|---|---|")
    first = statistics.median(seconds["1 worker"])
    for name, spent in seconds.items():
        median = statistics.median(spent)
        print(
            f"| {name} | {median:.1f} ({min(spent):.1f} to {max(spent):.1f}) | {count / median:.0f} "
            f"| {megabytes / median:.1f} | {first / median:.2f} |"
        )
    print(f"\nWith nothing to do: {unchanged:.1f} s")


def write_source(corpus: Path, most: int, source: Path) -> tuple[int, float]:
    """A data set in BUS-BRA's layout; number of images and megabytes."""
    rows = []
    for folder in (CocoFolder.read(path) for path in find_coco(corpus)):
        share = max(1, most // len(find_coco(corpus)))
        for image in [image for image in folder.images if image.instances][:share]:
            number = len(rows) + 1
            name = f"{number:04}-l"
            for place in ("Images", "Masks"):
                (source / place).mkdir(parents=True, exist_ok=True)
            with Image.open(image.path) as picture:
                picture.convert("L").save(source / "Images" / f"bus_{name}.png")
            Image.fromarray(image.instances[0].mask()).convert("L").save(source / "Masks" / f"mask_{name}.png")
            rows.append({"ID": f"bus_{name}", "Case": number, "Pathology": "benign", "kFold": 1 + number % 5})
    for table, columns in TABLES.items():
        with (source / table).open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    return len(rows), sum(path.stat().st_size for path in source.rglob("*.png")) / 1e6


if __name__ == "__main__":
    main()
