"""What is accepted and what is refused, on made-up losses."""

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.made_data import ellipse, make_folder
from tests.export.small_weights import vit
from ultrasam.errors import InputError
from ultrasam.evaluation import read_folders
from ultrasam.export.int8_acceptance import Loss, check_accepted, mean_losses, measure_losses
from ultrasam.inference import Segmenter
from ultrasam.weights import Checkpoint


def losses(**of_sets):
    """A loss by a click and one by a box for each data set."""
    return [
        Loss(name, protocol, 20, 0.9, 0.9 - loss, loss, (loss - 0.01, loss + 0.01))
        for name, values in of_sets.items()
        for protocol, loss in zip(("point-centre", "box"), values, strict=True)
    ]


@pytest.mark.parametrize(
    "found",
    [
        losses(a=(0, 0), b=(0, 0), c=(0, 0)),
        losses(a=(0.0049, 0.0049), b=(-0.1, -0.1), c=(0.003, 0.001), d=(0, 0)),
        # A data set's loss is that of both protocols together.
        losses(a=(0.008, 0.001), b=(0, 0), c=(0, 0)),
    ],
    ids=["none", "little", "uneven"],
)
def test_little_loss_is_accepted(found):
    check_accepted(found)


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (losses(a=(0.005, 0.005), b=(0, 0), c=(0, 0)), "a \\+0.0050"),
        # A gain elsewhere makes up for nothing.
        (losses(a=(-0.2, -0.2), b=(0.001, 0.01), c=(0, 0.011)), "b \\+0.0055, c \\+0.0055"),
        (losses(a=(float("nan"), 0), b=(0, 0), c=(0, 0)), "a \\+nan"),
    ],
    ids=["at-the-bound", "two-sets", "nan"],
)
def test_loss_is_refused_with_all_numbers(found, named):
    with pytest.raises(InputError, match=f"falls further: {named}\\. Nothing was written") as error:
        check_accepted(found)
    for loss in found:
        assert f"{loss.dataset}, {loss.protocol}: 0.9000 to {loss.int8:.4f}" in str(error.value)


@pytest.mark.parametrize("found", [[], losses(a=(0, 0)), losses(a=(0, 0), b=(0, 0))], ids=["none", "one", "two"])
def test_too_few_data_sets_are_refused(found):
    with pytest.raises(InputError, match=f"at least 3 data sets.*but got {len(found) // 2}"):
        check_accepted(found)


def test_a_set_s_loss_is_the_mean_of_its_protocols():
    assert mean_losses(losses(a=(0.01, 0.03), b=(0, -1))) == pytest.approx({"a": 0.02, "b": -0.5})


def test_losses_are_those_of_the_same_boxes_in_both_models(tmp_path):
    """Against Dice computed here, prompt by prompt."""
    folder = make_folder(tmp_path / "made", images=2, split="val")
    models = []
    for seed in (0, 1):
        network = vit(seed)
        models.append(Segmenter(network, Checkpoint({}, network.config, "sam", "made", {}, str(seed), 128)))
    folders, _ = read_folders([folder], "val")
    found = {loss.protocol: loss for loss in measure_losses(*models, folders)}
    assert set(found) == {"point-centre", "box"}

    expected = []
    for model in models:
        dice = []
        for number in (1, 2):
            session = model.embed(np.asarray(Image.open(folder / "images" / f"{number}.png")))
            for truth in (ellipse(35 + number, 40, 16, 22), ellipse(90, 50 + number, 20, 14)):
                rows, columns = np.nonzero(truth)
                box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                mask = session.segment(box_xyxy=tuple(map(float, box))).mask
                dice.append(2 * (mask & truth).sum() / (mask.sum() + truth.sum()))
        expected.append(np.mean(dice))
    box = found["box"]
    assert (box.dataset, box.objects) == ("made", 4)
    # Scores in records have five decimals.
    assert (box.fp32, box.int8) == pytest.approx(expected, abs=1e-5)
    assert box.loss == pytest.approx(expected[0] - expected[1], abs=2e-5)
    assert abs(box.loss) > 1e-3
    # Both images are of one patient, and there is nothing to draw from.
    assert box.interval is None
    assert box.as_dict()["loss"] == round(box.loss, 5)
