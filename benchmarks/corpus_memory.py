"""Peak memory of converting an archive of volumes, with few volumes and with many: it must not grow with the archive.

python -m benchmarks.corpus_memory [--volumes 2 8] [--shape 400 400 600]

Volumes of random 16-bit numbers (x, y, z) are written in SegThy's layout into one zip file, each with labels on a tenth
of its slices, and converted in a process of its own with one worker.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nibabel
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--volumes", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--shape", type=int, nargs=3, default=[400, 400, 600])
    parser.add_argument("--convert", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.convert:
        convert(arguments.convert)
        return
    print("| volumes | archive | seconds per volume | peak memory |\n|---|---|---|---|")
    for number in arguments.volumes:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "SegThy.zip")
            write(archive, number, tuple(arguments.shape))
            command = [sys.executable, "-m", "benchmarks.corpus_memory", "--convert", archive]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds, peak = map(float, done.stdout.split())
            size = archive.stat().st_size / 1e6
        print(f"| {number} | {size:,.0f} MB | {seconds / number:.1f} | {peak:.0f} MB |")


def write(archive: Path, number: int, shape: tuple[int, ...]) -> None:
    """An archive in SegThy's layout."""
    rng = np.random.default_rng(0)
    labels = np.zeros(shape, np.uint8)
    labels[100:200, 100:200, : shape[2] // 10] = 1
    root = "US_volunteer_dataset/ground_truth_data"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for person in range(1, number + 1):
            values = rng.integers(0, 4000, shape, dtype=np.int16)
            for name, volume in ((f"US/{person:03}_P1_1_US", values), (f"US_thyroid_label/{person:03}_P1_1", labels)):
                packed.writestr(f"{root}/{name}.nii", nibabel.Nifti1Image(volume, np.eye(4)).to_bytes())


def convert(archive: Path) -> None:
    """Convert and print seconds and peak megabytes of this process."""
    from ultrasam.corpus.cards.catalogue import find_card
    from ultrasam.corpus.preparing import prepare

    begin = time.perf_counter()
    report = prepare(find_card("SegThy"), archive, archive.parent / "corpus")
    if not report.images:
        raise SystemExit("nothing was converted")
    print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
