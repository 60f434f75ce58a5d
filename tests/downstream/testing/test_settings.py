import dataclasses
import json

import pytest

from tests.downstream.testing.made import SETTINGS, made_examples
from ultrasam.downstream.testing.settings import data_sha256, read_test_settings


def test_they_come_back_as_they_were(tmp_path):
    SETTINGS.write(tmp_path)
    assert read_test_settings(tmp_path) == SETTINGS


@pytest.mark.parametrize(("dtype", "precision"), [("float32", "fp32"), ("bfloat16", "bf16")])
def test_a_test_before_there_were_backends_is_read(dtype, precision, tmp_path):
    SETTINGS.write(tmp_path)
    values = json.loads((tmp_path / "test.json").read_text())
    del values["backend"], values["precision"]
    (tmp_path / "test.json").write_text(json.dumps(values | {"dtype": dtype}))
    assert read_test_settings(tmp_path) == dataclasses.replace(SETTINGS, precision=precision)


@pytest.mark.parametrize(
    "change", [{"name": "b.png"}, {"patient": None}, {"labels": (1,)}, {"values": (9.0, 9.0)}, {"instances": ()}]
)
def test_the_hash_hangs_on_all_that_decides_the_numbers(change, tmp_path):
    first, *others = made_examples(tmp_path, 2)
    before = data_sha256([first, *others], ("a", "b"))
    assert before == data_sha256([first, *others], ("a", "b"))
    assert before != data_sha256([dataclasses.replace(first, **change), *others], ("a", "b"))
    assert before != data_sha256([first, *others], ("b", "a"))
    assert before == data_sha256([dataclasses.replace(first, path=tmp_path / "elsewhere.png"), *others], ("a", "b"))
