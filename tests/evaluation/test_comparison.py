import numpy as np
import pytest
from scipy import stats

from tests.evaluation.made_data import edit, make_folder
from tests.evaluation.runs import made_run
from ultrasam.errors import InputError
from ultrasam.evaluation.comparison import compare
from ultrasam.evaluation.run import record_file

PROTOCOLS = ("box", "clicks-2")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("compare")
    folder = make_folder(root / "data", images=16)
    for seed in (0, 1):
        made_run(root / f"run{seed}", folder, protocols=PROTOCOLS, model=f"model-{seed}", network_seed=seed)
    return [root / "run0", root / "run1"]


def patient_means(run, protocol, step):
    values: dict[str, list[float]] = {}
    for record in record_file(run, "made"):
        for instance in record["instances"]:
            for answer in instance["answers"]:
                if (answer["protocol"], answer["step"]) == (protocol, step):
                    values.setdefault(record["patient"], []).append(answer["dice"])
    return np.array([np.mean(values[patient]) for patient in sorted(values)])


def test_the_test_is_scipys_over_patients(runs):
    comparison = compare(runs, resamples=200)
    assert comparison.labels == ("model-0", "model-1")
    assert comparison.common == {"made": 32}
    assert [(test.protocol, test.step) for test in comparison.tests] == [("box", 1), ("clicks-2", 2)]
    for test in comparison.tests:
        first, second = (patient_means(run, test.protocol, test.step) for run in runs)
        assert test.pairs == 8
        assert test.p_value == pytest.approx(stats.wilcoxon(first, second).pvalue)
        assert test.difference.mean == pytest.approx((first - second).mean())
        assert test.difference.low <= test.difference.mean <= test.difference.high
    smaller, larger = sorted(comparison.tests, key=lambda test: test.p_value)
    assert smaller.adjusted_p == pytest.approx(min(1, 2 * smaller.p_value))
    assert larger.adjusted_p == pytest.approx(max(larger.p_value, smaller.adjusted_p))
    assert comparison.warnings == ()


def test_a_model_beside_itself_does_not_differ(runs, tmp_path):
    copy = tmp_path / "again"
    made_run(copy, runs[0].parent / "data", protocols=PROTOCOLS, model="model-0")
    comparison = compare([runs[0], copy], resamples=50)
    assert comparison.labels == ("model-0 (run0)", "model-0 (again)")
    assert all(test.p_value == 1 and test.difference.mean == 0 for test in comparison.tests)


def test_only_the_same_objects_are_paired(runs, tmp_path):
    folder = make_folder(tmp_path / "data", images=16)
    edit(folder, lambda document: document["annotations"][1].update(document["annotations"][0], id=2))
    made_run(tmp_path / "run", folder, protocols=("box",), model="other", limit=10)
    comparison = compare([runs[0], tmp_path / "run"], resamples=50)
    common = comparison.common["made"]
    assert 18 <= common <= 20
    assert any(f"made: {common} objects are common" in warning for warning in comparison.warnings)
    assert [test.protocol for test in comparison.tests] == ["box"]


def test_differences_of_the_runs_are_warned_of(runs, tmp_path):
    made_run(tmp_path / "run", runs[0].parent / "data", protocols=("box",), model="other", seed=7)
    assert "The runs have different seeds: 0, 7." in compare([runs[0], tmp_path / "run"], resamples=50).warnings


def test_what_cannot_be_compared_is_told(runs, tmp_path):
    with pytest.raises(InputError, match="at least two runs"):
        compare(runs[:1])
    with pytest.raises(InputError, match="given twice"):
        compare([runs[0], runs[0]], resamples=20)
    made_run(tmp_path / "run", runs[0].parent / "data", protocols=("point-centre",), model="other")
    with pytest.raises(InputError, match="these have none"):
        compare([runs[0], tmp_path / "run"], resamples=20)
