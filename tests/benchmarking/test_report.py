"""Reports of made figures; a Markdown parser of its own says what a reader sees."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from tests.benchmarking.made_outcomes import BROKEN, MODEL, QUICK, outcomes
from ultrasam.benchmarking.machine import Machine
from ultrasam.benchmarking.report import markdown
from ultrasam.benchmarking.result import Result
from ultrasam.benchmarking.summary import failures, rows

MACHINE = Machine(
    cpu="A processor",
    cores=1,
    instructions=("AVX2", "AMX BF16"),
    memory_bytes=24 * 2**30,
    gpus=(),
    system="Linux 6.1, x86_64",
    versions={"python": "3.11.7", "torch": "2.13.0"},
)


def result(found=None, **changes):
    found = outcomes() if found is None else found
    made = Result(
        machine=MACHINE,
        model=MODEL,
        threads=2,
        command="ultrasam benchmark",
        images="2 images of 80 x 60 pixels",
        rounds=2,
        runs=3,
        rows=tuple(rows(found, lambda combination: combination == QUICK)),
        failures=tuple(failures(found)),
        complete=True,
    )
    return replace(made, **changes)


def tables(text):
    """The cells of each table, as a Markdown parser finds them."""
    found, cell = [], False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            cell = True
        elif token.type == "inline" and cell:
            found[-1][-1].append(token.content)
            cell = False
    return found


def headings(text):
    tokens = MarkdownIt("commonmark").parse(text)
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def test_the_tables_say_what_was_measured():
    speed, costs = tables(markdown(result()))
    assert [row[0] for row in speed[1:]] == ["openvino bf16 (auto)", "torch fp32"]
    assert dict(zip(speed[0], speed[1], strict=True)) == {
        "backend, precision": "openvino bf16 (auto)",
        "images/s": "1.33",
        "1 prompt": "75.0 ms",
        "each of 8": "75.0 ms",
        "image and box": "1.500 s",
        "spread": "± 33%",
        "ratio": "4.00 x",
    }
    assert costs[1] == ["openvino bf16", "3.0 s", "9.0 s", "1.00 GiB", "0.01", "0.9990", "0.9900"]
    assert costs[2] == ["torch fp32", "1.0 s", "3.0 s", "2.00 GiB", "0", "1.0000", "1.0000"]


def test_the_parts_of_a_report():
    text = markdown(result())
    assert headings(text) == [
        "Speed of A tiny network",
        "Cost and agreement",
        "Not measured",
        "Machine",
        "How it was measured",
    ]
    assert f"- {BROKEN.name}: out of memory" in text
    assert "4.0 times as quick as torch fp32" in text
    assert "1 core, 2 threads" in text
    assert "SHA-256 abababababababab…" in text
    assert "2 rounds by turns, 3 runs in each" in text
    assert "over 5 masks" in text


def test_columns_stand_under_each_other_in_a_terminal():
    for line in (block := [line for line in markdown(result()).splitlines() if line.startswith("|")]):
        assert len(line) in {len(other) for other in block if other is not line}


def test_a_gpu_has_a_column_of_its_own():
    _, costs = tables(markdown(result(outcomes(gpu=3 * 2**30))))
    assert costs[0][4] == "GPU memory"
    assert [row[4] for row in costs[1:]] == ["–", "3.00 GiB"]


def test_what_failed_after_some_rounds_keeps_its_row_and_a_note():
    found = outcomes()
    found[2] = replace(found[2], failure="it was ended by SIGKILL")
    text = markdown(result(found))
    assert tables(text)[0][1][0] == "openvino bf16 (auto) ¹"
    assert "¹ openvino bf16 was given up: it was ended by SIGKILL" in text


def test_figures_of_a_busy_machine_come_with_a_warning():
    assert "A spread is large" in markdown(result())
    calm = outcomes()
    calm[0] = replace(calm[0], rounds=calm[0].rounds[:1] * 2)
    calm[2] = replace(calm[2], rounds=calm[2].rounds[:1] * 2)
    assert "A spread is large" not in markdown(result(calm))


def test_a_run_that_was_stopped_says_so():
    assert "Stopped before the end" in markdown(result(complete=False))
    assert "Stopped" not in markdown(result())


def test_a_report_without_a_figure():
    text = markdown(result([replace(outcomes()[1])], model={}, threads=None))
    assert tables(text) == []
    assert headings(text) == ["Speed of no weights", "Not measured", "Machine", "How it was measured"]


@pytest.mark.parametrize("place", range(3), ids=["reference", "broken", "quick"])
def test_json_has_every_number(place):
    told = json.loads(result([outcomes()[place]]).to_json())
    assert set(told) == set(Result.__dataclass_fields__)
    assert told["machine"]["versions"] == MACHINE.versions
    if place == 1:
        assert told["failures"] == [{"combination": BROKEN.name, "reason": "out of memory"}]
        assert told["rows"] == []
        return
    (row,) = told["rows"]
    assert row["name"] in ("torch fp32", QUICK.name)
    assert row["combination"]["backend"] == row["name"].split()[0]
    assert set(row["prompts_s"]) == {"1", "8"}
    assert set(row["embed_s"]) == {"median", "low", "high"}
    assert row["agreement"]["masks"] == 5


def test_what_json_cannot_hold_is_null():
    found = outcomes()
    found[0] = replace(found[0], agreement=replace(found[0].agreement, embedding_difference=float("nan")))
    assert json.loads(result(found[:1]).to_json())["rows"][0]["agreement"]["embedding_difference"] is None
