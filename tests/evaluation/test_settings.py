import json
from dataclasses import replace

import pytest

from ultrasam.errors import InputError
from ultrasam.evaluation.settings import DataFacts, ModelFacts, Settings, is_run, read_settings, write_settings

MODEL = ModelFacts("tiny", "Tiny", "none", "nothing", "0" * 64, "sam", 256, "fp32")
DATA = DataFacts("made", "data/coco.json", "1" * 64, "free", 5, "2" * 64)
SETTINGS = Settings(MODEL, (DATA,), "test", {"box": "the exact box"}, 0, 2.0, 1.0)


def test_settings_come_back(tmp_path):
    assert not is_run(tmp_path)
    write_settings(tmp_path, SETTINGS)
    assert is_run(tmp_path)
    assert read_settings(tmp_path) == SETTINGS


def test_a_run_before_there_were_backends_goes_on(tmp_path):
    values = SETTINGS.as_dict()
    del values["model"]["backend"], values["model"]["precision"]
    (tmp_path / "run.json").write_text(json.dumps(values | {"model": values["model"] | {"dtype": "float32"}}))
    assert read_settings(tmp_path) == SETTINGS
    write_settings(tmp_path, SETTINGS)


def test_the_same_data_by_another_path_is_the_same(tmp_path):
    write_settings(tmp_path, SETTINGS)
    write_settings(tmp_path, replace(SETTINGS, data=(replace(DATA, annotations="elsewhere/coco.json"),)))
    write_settings(tmp_path, replace(SETTINGS, model=replace(MODEL, name="./tiny")))
    assert read_settings(tmp_path) == SETTINGS


def test_the_same_data_in_another_order_is_the_same(tmp_path):
    both = (DATA, replace(DATA, name="more"))
    write_settings(tmp_path, replace(SETTINGS, data=both))
    write_settings(tmp_path, replace(SETTINGS, data=both[::-1]))
    assert read_settings(tmp_path).data == both


def test_a_run_whose_scores_are_being_made_anew_is_refused(tmp_path):
    write_settings(tmp_path, replace(SETTINGS, rescoring=True))
    for use in (read_settings, lambda folder: write_settings(folder, SETTINGS)):
        with pytest.raises(InputError, match=r"ultrasam evaluate rescore .* again"):
            use(tmp_path)
    assert read_settings(tmp_path, even_if_rescoring=True).rescoring


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 1}, "seed: was 0 and is 1"),
        ({"model": replace(MODEL, sha256="2" * 64)}, "model: sha256 was '000.*' and is '222"),
        ({"model": replace(MODEL, precision="bf16")}, "model: precision was 'fp32' and is 'bf16'"),
        ({"model": replace(MODEL, backend="openvino")}, "model: backend was 'torch' and is 'openvino'"),
        ({"data": (replace(DATA, sha256="3" * 64),)}, "data: made has changed"),
        ({"data": (replace(DATA, images_sha256="3" * 64),)}, "data: made has changed"),
        ({"data": (DATA, replace(DATA, name="more"))}, "data: more was not there"),
        ({"data": (replace(DATA, name="more"),)}, "made is missing, more was not there"),
        ({"protocols": {"box": "the exact box", "clicks-5": "…"}}, "protocols: clicks-5 was None"),
    ],
)
def test_other_settings_are_refused_and_named(tmp_path, change, told):
    write_settings(tmp_path, SETTINGS)
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(InputError, match=told) as caught:
        write_settings(tmp_path, replace(SETTINGS, **change))
    assert "--restart" in str(caught.value)
    assert (tmp_path / "run.json").read_bytes() == before
    write_settings(tmp_path, replace(SETTINGS, **change), anew=True)
    assert read_settings(tmp_path) == replace(SETTINGS, **change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "has no run.json"),
        ("{", "damaged.*--restart"),
        ("[]", "run it again"),
        ('{"format": 0}', "run it again"),
        ('{"format": 1}', "missing"),
    ],
)
def test_what_is_no_run_is_told(tmp_path, text, message):
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=message):
        read_settings(tmp_path)
