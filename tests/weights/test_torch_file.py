import os
import pickle
import zipfile
from collections import OrderedDict

import pytest
import torch

from tests.references import shared
from ultrasam.errors import WeightsError
from ultrasam.weights.torch_file import check_torch_file, read_torch_file

STATE = {"image_encoder.a": torch.arange(3.0), "mask_decoder.b": torch.ones(2, 2)}


def equal(found, expected):
    return found.keys() == expected.keys() and all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize(
    "content",
    [
        STATE,
        OrderedDict(STATE),
        {"model": STATE},
        {"state_dict": STATE, "epoch": 3, "loss": torch.tensor(0.5)},
        {"model_state_dict": {f"module.{key}": tensor for key, tensor in STATE.items()}, "optimizer": {}},
        {"params": {key: torch.nn.Parameter(tensor) for key, tensor in STATE.items()}},
    ],
    ids=["plain", "ordered", "model", "state_dict", "module", "parameters"],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_finds_the_state_dict_in_its_container(content, zipped, tmp_path):
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    assert equal(read_torch_file(tmp_path / "x.pth"), STATE)


def test_skips_the_history_of_mmengine():
    path = shared("reference/ultrasam_checkpoint/mock_mmengine_small.pth")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    found = read_torch_file(path)
    assert len(found) == 40
    assert found["backbone.layers.3.ln2.bias"].shape == (768,)


def test_what_torch_allows_elsewhere_stays_as_it_was():
    before = set(torch.serialization.get_safe_globals())
    read_torch_file(shared("reference/ultrasam_checkpoint/mock_mmengine_small.pth"))
    assert set(torch.serialization.get_safe_globals()) == before


class Runs:
    """Creates a file when it is unpickled carelessly."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("disguise", ["zip", "legacy", "bare pickle", "history"])
def test_code_in_a_file_is_never_run(disguise, tmp_path):
    victim = tmp_path / "victim"
    attack = {"state_dict": STATE, "extra": Runs(os.mkdir, str(victim))}
    path = tmp_path / "evil.pth"
    if disguise == "bare pickle":
        path.write_bytes(pickle.dumps(attack["extra"], protocol=2))
    elif disguise == "history":
        # getattr is one of the names that a history needs: it must stay a stand-in.
        attack["extra"] = Runs(getattr, Runs(__import__, "os"), "mkdir")
        torch.save(attack, path)
    else:
        torch.save(attack, path, _use_new_zipfile_serialization=disguise == "zip")
    with pytest.raises(WeightsError, match=r"evil\.pth"):
        read_torch_file(path)
    assert not victim.exists()
    # The attack works where nobody is careful: otherwise this test would prove nothing.
    if disguise == "bare pickle":
        pickle.loads(path.read_bytes())  # noqa: S301
        assert victim.exists()


def test_a_stand_in_for_getattr_gets_nothing(tmp_path):
    torch.save({"state_dict": STATE, "extra": Runs(getattr, STATE, "clear")}, tmp_path / "x.pth")
    assert equal(read_torch_file(tmp_path / "x.pth"), STATE)


def test_the_forbidden_name_is_said(tmp_path):
    torch.save({"extra": Runs(eval, "1")}, tmp_path / "x.pth")
    with pytest.raises(WeightsError, match=r"asks for (builtins\.)?eval, which could run code: nothing"):
        read_torch_file(tmp_path / "x.pth")


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_a_truncated_file_is_said(zipped, share, tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"a": torch.arange(2000.0), "b": torch.arange(500)}, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(WeightsError, match=r"x\.pth"):
        read_torch_file(path)


def test_a_zip_of_something_else_is_said(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for look in (check_torch_file, read_torch_file):
        with pytest.raises(WeightsError, match="damaged or incomplete"):
            look(tmp_path / "x.pth")


def test_the_check_of_a_pickle_leaves_all_to_reading(tmp_path):
    (tmp_path / "x.pth").write_bytes(pickle.dumps(STATE, protocol=2)[:10])
    check_torch_file(tmp_path / "x.pth")
    with pytest.raises(WeightsError, match="damaged or incomplete"):
        read_torch_file(tmp_path / "x.pth")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "got a list"),
        (torch.zeros(3), "got a Tensor"),
        ({}, "found nothing"),
        ({"epoch": 3, "note": "x"}, "found epoch, note"),
    ],
)
def test_a_file_without_a_state_dict_is_said(content, said, tmp_path):
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(WeightsError, match=said):
        read_torch_file(tmp_path / "x.pth")
