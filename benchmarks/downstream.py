"""Does the initialisation matter? One budget, tasks x initialisations x shares of the labels x seeds.

python -m benchmarks.downstream CORPUS --out runs/downstream [--processes 2] [--seconds 570] [--set NAME=VALUE ...]
python -m benchmarks.downstream --out runs/downstream --table > table.md

Each finished run is a line of results.jsonl, with what its network said of each test image in answers/; the same
command goes on where it was stopped, in the middle of a run too. Several runs are made at once, each by a process that
reads and computes on one core; on a GPU they share it. A run that fails is told, and tried again by the next command.

The budget is that of BUDGETS for every initialisation, share and seed: the same steps, batch, learning rates and
augmentation; the test is made with the best weights by validation. The seed draws the share of the patients, the head's
first weights, order and augmentation. In the tables: means over seeds, with intervals by bootstrap of the test's
patients, the same resamples for all; sd is that over seeds; differences are of the first value.
"""

import argparse
import contextlib
import gzip
import json
import math
import multiprocessing
import os
import queue
import shutil
import statistics
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

#: Parts of a table: values in it, the first is the one that differences are made of.
METRICS = {
    "classification": ("auroc", "balanced_accuracy", "f1"),
    "semantic": ("dice", "miou"),
    "instance": ("ap", "ap50", "dice"),
}
#: Steps, images a batch.
BUDGETS = {"classification": (300, 16), "semantic": (300, 8), "instance": (500, 8)}
#: What is the same for all: plain fine-tuning of everything, cheap augmentation only.
SHARED = (
    "trainable.what=all",
    "model.input_size=512",
    "data.workers=0",
    "data.reading.check=false",
    "optimiser.lr=3e-4",
    "optimiser.head_lr_factor=3.0",
    "optimiser.warmup_steps=30",
    "optimiser.weight_decay=0.01",
    *(
        f"augmentation.{name}.probability=0"
        for name in ("fan", "depth_crop", "speckle", "shadow", "overlays", "resampling", "jpeg")
    ),
)
#: Validations of a run.
VALIDATIONS = 5
STARTS = ("random", "mobile-sam", "ultrasam-tiny")
#: What others are compared with.
BASES = ("random", "mobile-sam")
#: Of the test's patients, for intervals.
RESAMPLES = 1000
#: Time that a run needs to end in good order when the command's time is over.
GRACE_S = 20


@dataclass(frozen=True)
class Task:
    """A data set of the corpus and what is learnt of it."""

    title: str
    data: str
    kind: str


TASKS = {
    "bus-bra-classes": Task("BUS-BRA, benign or malignant", "BUS-BRA", "classification"),
    "mmotu-classes": Task("MMOTU_2d, 8 classes of tumours", "MMOTU_2d", "classification"),
    "bus-bra-objects": Task("BUS-BRA, lesions of 2 classes", "BUS-BRA", "instance"),
    "mmotu-objects": Task("MMOTU_2d, tumours of 8 classes", "MMOTU_2d", "instance"),
    "camus-maps": Task("CAMUS, 3 structures", "CAMUS", "semantic"),
    "psfhs-maps": Task("PSFHS, 2 structures", "PSFHS", "semantic"),
}


@dataclass(frozen=True)
class Job:
    """One run."""

    task: str
    start: str
    share: float
    seed: int

    @property
    def key(self) -> str:
        """Fit to be a folder's name."""
        return f"{self.task}_{self.start}_{self.share:g}_{self.seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=TASKS)
    parser.add_argument("--starts", nargs="*", default=list(STARTS), help="names of weights, or NAME=FILE")
    parser.add_argument("--shares", nargs="*", type=float, default=[1.0, 0.1, 0.01])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], dest="values", help="of all recipes: NAME=VALUE")
    parser.add_argument("--scale", type=float, default=1.0, help="of all steps")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=math.inf, help="end in good order after so long")
    parser.add_argument("--keep", action="store_true", help="keep the weights of every run")
    parser.add_argument("--table", action="store_true", help="print the results, run nothing")
    arguments = parser.parse_args()
    if arguments.table:
        print("\n".join(table(arguments.out)))
        return
    if arguments.corpus is None:
        parser.error("Expected CORPUS: the folder with the data sets.")
    ends_at = time.monotonic() + arguments.seconds
    arguments.weights = {name: file or name for name, _, file in (text.partition("=") for text in arguments.starts)}
    lines = results(arguments.out)
    done = {line["key"] for line in lines}
    # One seed after the other, so that what is done when time is over is complete in itself.
    order = product(arguments.seeds, arguments.shares, arguments.tasks, arguments.weights)
    jobs = [job for s, share, task, start in order if (job := Job(task, start, share, s)).key not in done]
    print(f"{len(done)} runs are done, {len(jobs)} to do", flush=True)
    work_off(jobs, arguments, ends_at)


def recipe_values(job: Job, weights: str, corpus: Path, scale: float, values: Sequence[str]) -> list[str]:
    """All that decides a run, as overrides."""
    task = TASKS[job.task]
    steps, images = BUDGETS[task.kind]
    steps = max(1, round(scale * steps))
    return [
        f"task={task.kind}",
        f"name={job.key}",
        f"data.path={json.dumps(str(corpus / task.data))}",
        f"data.images={images}",
        f"data.reading.share={job.share}",
        f"data.reading.seed={job.seed}",
        f"model.weights={json.dumps(weights)}",
        f"run.steps={steps}",
        f"run.seed={job.seed}",
        f"run.validate_every={-(-steps // VALIDATIONS)}",
        *SHARED,
        *values,
    ]


def work_off(jobs: list[Job], arguments: argparse.Namespace, ends_at: float) -> None:
    """Make the runs in several processes; each finished one is written at once."""
    context = multiprocessing.get_context("spawn")
    waiting, finished = context.Queue(), context.Queue()
    for job in jobs:
        waiting.put(job)
    # Each process computes on one core; said before they import what reads it.
    os.environ["OMP_NUM_THREADS"] = "1"
    workers = [
        context.Process(target=worker, args=(waiting, finished, arguments, ends_at))
        for _ in range(min(arguments.processes, len(jobs)))
    ]
    for process in workers:
        process.start()
    (arguments.out / "answers").mkdir(parents=True, exist_ok=True)
    count = 0
    with (arguments.out / "results.jsonl").open("a", encoding="utf-8") as file:
        while any(process.is_alive() for process in workers) or not finished.empty():
            try:
                line = finished.get(timeout=1)
            except queue.Empty:
                continue
            count += 1
            if "error" in line:
                print(f"[{count} of {len(jobs)}] {line['key']} failed:\n{line['error']}", flush=True)
                continue
            file.write(json.dumps(line) + "\n")
            file.flush()
            told = ", ".join(f"{name} {value:.3f}" for name, value in line["values"].items())
            print(f"[{count} of {len(jobs)}] {line['key']}: {told}; {line['seconds']:.0f} s", flush=True)
    # What a process was at when it died is not lost: its run goes on next time.
    if any(process.exitcode for process in workers):
        print(f"processes ended with {[process.exitcode for process in workers]}", flush=True)


def worker(waiting: Any, finished: Any, arguments: argparse.Namespace, ends_at: float) -> None:
    """One process: a run after the other, as long as there is time."""
    import torch

    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    while time.monotonic() + GRACE_S < ends_at:
        try:
            job = waiting.get(timeout=1)
        except queue.Empty:
            return
        try:
            line = one_run(job, arguments, ends_at)
        except Exception:
            line = {"key": job.key, "error": traceback.format_exc()}
        if line is not None:
            finished.put(line)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def one_run(job: Job, arguments: argparse.Namespace, ends_at: float) -> dict[str, Any] | None:
    """Train and test; None where time was over before the end."""
    import torch

    from ultrasam import __version__
    from ultrasam.downstream import finetune, read_finetune_recipe
    from ultrasam.downstream.data import read_examples
    from ultrasam.downstream.testing import test

    began = time.monotonic()
    folder = arguments.out / "runs" / job.key
    weights = arguments.weights[job.start]
    values = recipe_values(job, weights, arguments.corpus, arguments.scale, arguments.values)
    if torch.cuda.is_available():
        values.append("run.precision=bf16-mixed")
    recipe = read_finetune_recipe(overrides=values)
    examples = read_examples(recipe.data.path, recipe.task, options=recipe.data.reading)
    seconds = None if math.isinf(ends_at) else ends_at - GRACE_S - began
    result = finetune(recipe, folder, max_seconds=seconds, examples=examples)
    if result.stopped is not None:
        return None
    trained = time.monotonic()
    # Intervals are made for the table, of all seeds together.
    tested = test(folder, examples.part("test"), examples.classes, out=folder / "test", resamples=2, report=False)
    write_answers(folder / "test", arguments.out, job.key)
    if not arguments.keep:
        shutil.rmtree(folder)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU, 1 core"
    return {
        "key": job.key,
        **asdict(job),
        "values": {name: tested.overall[name].mean for name in METRICS[recipe.task]},
        "images": {part: len(examples.part(part)) for part in ("train", "val", "test")},
        "patients": len({e.patient or e.name for e in examples.part("train")}),
        "best_step": result.best_step,
        "seconds": round(time.monotonic() - began, 1),
        "seconds_of_test": round(time.monotonic() - trained, 1),
        "recipe": recipe.model_dump(mode="json"),
        "data_sha256": examples.sha256,
        "device": device,
        "software": f"ultrasam {__version__}, torch {torch.__version__}",
    }


def write_answers(test: Path, out: Path, key: str) -> None:
    """Keep what the numbers of a test are made of; of masks only how they fit."""
    settings = json.loads((test / "test.json").read_text(encoding="utf-8"))
    texts = [json.dumps(settings)]
    for line in (test / "records.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        texts.append(json.dumps({name: record[name] for name in record.keys() - {"path", "truths", "answers"}}))
    with gzip.open(out / "answers" / f"{key}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(texts))


def read_answers(out: Path, key: str) -> Any:
    """A run's test, from which all numbers can be made anew."""
    from ultrasam.downstream.testing.settings import TestSettings
    from ultrasam.downstream.testing.tested import Tested

    with gzip.open(out / "answers" / f"{key}.jsonl.gz", "rt", encoding="utf-8") as file:
        settings, *records = [json.loads(line) for line in file]
    return Tested.of(TestSettings(**settings), records)


def results(out: Path) -> list[dict[str, Any]]:
    """The finished runs. A line that was cut off is none: its run is made again."""
    lines = {}
    path = out / "results.jsonl"
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        with contextlib.suppress(ValueError):
            line = json.loads(text)
            lines[line["key"]] = line
    return list(lines.values())


def budget_of(line: dict[str, Any]) -> str:
    """What must be the same for all runs of a task: all of the recipe but what is compared."""
    recipe = json.loads(json.dumps(line["recipe"]))
    for name in ("name", "data.path", "data.reading.share", "data.reading.seed", "model.weights", "run.seed"):
        *parents, last = name.split(".")
        values = recipe
        for parent in parents:
            values = values[parent]
        values.pop(last)
    return json.dumps([recipe, line["software"]], sort_keys=True)


def table(out: Path) -> Iterator[str]:
    """The tables as Markdown, line by line."""
    lines = results(out)
    for key, task in TASKS.items():
        of_task = [line for line in lines if line["task"] == key]
        if not of_task:
            continue
        if len({budget_of(line) for line in of_task}) > 1:
            raise SystemExit(f"Expected one budget for all runs of {key}, but got several: give another --out.")
        recipe, images = of_task[0]["recipe"], of_task[0]["images"]
        names = METRICS[task.kind]
        yield f"### {task.title}"
        yield ""
        yield (
            f"{recipe['run']['steps']} steps of {recipe['data']['images']} images; {images['val']} validation images, "
            f"{images['test']} test images."
        )
        yield ""
        above = " | ".join(f"above {base}" for base in BASES)
        yield f"| labels | start | seeds | {' | '.join(names)} | sd | {above} |"
        yield f"|{'---|' * (len(names) + 4 + len(BASES))}"
        for share in sorted({line["share"] for line in of_task}, reverse=True):
            yield from rows(out, [line for line in of_task if line["share"] == share], names)
        yield ""


def rows(out: Path, lines: list[dict[str, Any]], names: Sequence[str]) -> Iterator[str]:
    """One share of a task: a row for each start."""
    by_start = defaultdict(list)
    for line in sorted(lines, key=lambda line: line["seed"]):
        by_start[line["start"]].append(line)
    drawn = {start: averaged(out, found, names) for start, found in by_start.items()}
    count = statistics.mean(line["images"]["train"] for line in lines)
    for start in sorted(by_start, key=place_of):
        found = by_start[start]
        cells = []
        for place, name in enumerate(names):
            mean = statistics.mean(line["values"][name] for line in found)
            cells.append(f"{mean:.3f} {interval(drawn[start][:, place])}")
        firsts = [line["values"][names[0]] for line in found]
        deviation = f"{statistics.stdev(firsts):.3f}" if len(firsts) > 1 else "–"
        above = []
        for base in BASES:
            others = [line["values"][names[0]] for line in by_start.get(base, ())]
            if base == start or STARTS.index(base) > place_of(start) or len(others) != len(firsts):
                above.append("–")
                continue
            difference = statistics.mean(firsts) - statistics.mean(others)
            above.append(f"{difference:+.3f} {interval(drawn[start][:, 0] - drawn[base][:, 0])}")
        label = f"{found[0]['share']:.0%} ({count:.0f} images)"
        yield f"| {label} | {start} | {len(found)} | {' | '.join(cells)} | {deviation} | {' | '.join(above)} |"


def place_of(start: str) -> int:
    return STARTS.index(start) if start in STARTS else len(STARTS)


def averaged(out: Path, lines: list[dict[str, Any]], names: Sequence[str]) -> np.ndarray:
    """``(B, M)`` each value's mean over seeds in each resample of the patients, the same for all starts."""
    from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap

    drawn = []
    for line in lines:
        tested = read_answers(out, line["key"])
        bootstrap = PatientBootstrap(tested.patients, resamples=RESAMPLES)
        replicates = tested.replicates(bootstrap)
        drawn.append(np.stack([replicates[name] for name in names], axis=1))
    return np.mean(drawn, axis=0)


def interval(values: np.ndarray) -> str:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return f"[{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
