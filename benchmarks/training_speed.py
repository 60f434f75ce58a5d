"""Where the time of a training step goes: reading and augmenting, encoder, conversation with the decoder.

python -m benchmarks.training_speed CORPUS [--recipe ultrasam-tiny] [--set NAME=VALUE ...] [--runs 10]

Medians of whole batches, per image, forward and backward, on the CPU or the first GPU; the recipe's own batch size,
precision and input size. Nothing is read ahead, so that reading is measured by itself.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import torch

from ultrasam.inference.pipelines import pipeline_of
from ultrasam.training import read_recipe
from ultrasam.training.corpus import read_corpus
from ultrasam.training.datamodule import CorpusData
from ultrasam.training.dataset import Preparation
from ultrasam.training.module import PromptedSegmentation
from ultrasam.training.result import to_train
from ultrasam.training.trainable import prepare
from ultrasam.weights import load_network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--recipe", default="ultrasam-tiny")
    parser.add_argument("--set", nargs="*", default=[], dest="values")
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()
    overrides = [f"data.folders={json.dumps([arguments.corpus])}", *arguments.values, "data.workers=0"]
    recipe = read_recipe(arguments.recipe, overrides=overrides)
    if recipe.trainable.what == "decoder":
        parser.error(
            "Expected an image encoder that is trained, but with trainable.what=decoder each image is encoded once, "
            "before the first step: choose all, lora or adapters."
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network, checkpoint = load_network(recipe.model.weights)
    checkpoint = to_train(checkpoint)
    prepare(network.to(device), recipe.trainable)
    pipeline, input_size = pipeline_of(checkpoint), recipe.model.input_size or checkpoint.input_size
    corpus = read_corpus(recipe.data, recipe.run.seed)
    data = CorpusData(
        recipe, Preparation(pipeline, input_size, recipe.loss.stride), corpus.train, corpus.weights, corpus.val
    )
    module = PromptedSegmentation(network, pipeline, recipe, corpus.val_names, Path())
    module.train()
    module.log = lambda *_, **__: None  # there is no trainer to log to
    batches = iter(data.train_dataloader())
    batch = next(batches).to(device)
    half = recipe.run.precision == "bf16-mixed"

    def encode() -> None:
        with torch.autocast(device.type, torch.bfloat16) if half else nullcontext():
            embeddings = module.embeddings(batch)
        embeddings.float().square().mean().backward()

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16) if half else nullcontext():
            loss = module.training_step(batch, 0)
        loss.backward()

    count = len(batch)
    reading = median(lambda: next(batches), arguments.runs) / count
    encoding = median(encode, arguments.runs) / count
    whole = median(step, arguments.runs) / count
    answers = recipe.data.objects * recipe.prompts.rounds
    print(f"{recipe.name}: input {input_size}, {count} images a batch, {recipe.run.precision}, {device.type}, ", end="")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, medians of {arguments.runs}\n")
    print("| per image | ms | share |\n|---|---|---|")
    total = reading + whole
    for name, seconds in (
        ("reading, augmenting, prompts (one process)", reading),
        ("encoder, forward and backward", encoding),
        (f"{answers} answers and their losses, forward and backward", whole - encoding),
    ):
        print(f"| {name} | {1000 * seconds:.0f} | {seconds / total:.0%} |")
    print(f"\n{1 / total:.2f} images/s where one process reads and trains")


def median(work: Callable[[], object], runs: int) -> float:
    work()
    seconds = []
    for _ in range(runs):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
