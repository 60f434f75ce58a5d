import pytest

from tests.evaluation.made_data import make_folder
from tests.evaluation.runs import made_run
from ultrasam.errors import InputError
from ultrasam.evaluation.rescore import rescore
from ultrasam.evaluation.run import record_file
from ultrasam.evaluation.settings import read_settings


@pytest.fixture
def out(tmp_path):
    made_run(tmp_path / "run", make_folder(tmp_path / "data", images=2, spacing_mm=0.3))
    return tmp_path / "run"


def answers(out):
    return [a for record in record_file(out, "made") for i in record["instances"] for a in i["answers"]]


def test_the_same_settings_give_the_same_bytes(out):
    before = record_file(out, "made").path.read_bytes()
    rescore(out)
    assert record_file(out, "made").path.read_bytes() == before


def test_a_stop_in_between_is_not_taken_for_a_finished_run(out):
    def stop():
        raise KeyboardInterrupt

    before = record_file(out, "made").path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        rescore(out, tolerance_px=8.0, on_image=stop)
    assert record_file(out, "made").path.read_bytes() == before
    with pytest.raises(InputError, match="making them anew was stopped"):
        read_settings(out)
    rescore(out)
    assert read_settings(out).tolerance_px == 8


def test_another_tolerance_changes_what_hangs_on_it(out):
    before, counted = answers(out), []
    rescore(out, tolerance_px=8.0, tolerance_mm=5.0, on_image=lambda: counted.append(1))
    after = answers(out)
    assert len(counted) == 2
    assert (read_settings(out).tolerance_px, read_settings(out).tolerance_mm) == (8.0, 5.0)
    for old, new in zip(before, after, strict=True):
        assert new["nsd_px"] >= old["nsd_px"]
        same = set(old) - {"nsd_px", "nsd_mm"}
        assert {key: old[key] for key in same} == {key: new[key] for key in same}
    assert sum(a["nsd_px"] for a in after) > sum(a["nsd_px"] for a in before)
