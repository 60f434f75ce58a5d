import pytest
import torch
from safetensors.torch import save_file

from ultrasam.errors import WeightsError
from ultrasam.weights.tensor_file import check_tensor_file, read_tensors

STATE = {"a": torch.arange(2000.0), "b": torch.ones(500, dtype=torch.bfloat16)}
KINDS = {
    "safetensors": lambda path: save_file(STATE, path),
    "zip": lambda path: torch.save(STATE, path),
    "pickle": lambda path: torch.save(STATE, path, _use_new_zipfile_serialization=False),
}


@pytest.fixture(params=KINDS)
def file(request, tmp_path):
    """A file of each kind, under a name that does not tell which."""
    path = tmp_path / "weights"
    KINDS[request.param](path)
    return path


def test_a_whole_file_passes_and_is_read(file):
    check_tensor_file(file)
    tensors, _ = read_tensors(file)
    assert all(torch.equal(tensors[key], tensor) for key, tensor in STATE.items())


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_of_a_folder_its_weights_file_is_meant(file, name, tmp_path):
    with pytest.raises(WeightsError, match=r"model\.safetensors or pytorch_model\.bin in the folder"):
        check_tensor_file(tmp_path)
    file.rename(tmp_path / name)
    check_tensor_file(tmp_path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
@pytest.mark.parametrize("kind", ["safetensors", "zip"])
def test_a_file_that_was_cut_off_is_told_as_when_it_is_read(kind, share, tmp_path):
    KINDS[kind](tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    (tmp_path / "x.pth").write_bytes(content[: int(share * len(content))])
    for look in (check_tensor_file, read_tensors):
        with pytest.raises(WeightsError, match=r"in x\.pth, but it is damaged or incomplete .*: get .* again"):
            look(tmp_path / "x.pth")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"<html>", "web page"), (b"version https://git-lfs", "pointer")],
    ids=["empty", "page", "pointer"],
)
def test_what_is_no_weights_file_is_told(content, said, tmp_path):
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=said):
        check_tensor_file(tmp_path / "x.pth")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WeightsError, match="there is none at"):
        check_tensor_file(tmp_path / "x.pth")


def test_a_file_that_may_not_be_read_is_told(file, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refused)
    with pytest.raises(WeightsError, match=r"Expected to read .*Permission denied"):
        check_tensor_file(file)
