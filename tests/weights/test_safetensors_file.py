import torch
from hypothesis import given
from hypothesis import strategies as st

from ultrasam.weights.safetensors_file import read_safetensors, write_safetensors

TENSORS = {"b": torch.arange(3.0), "a": torch.ones(2, 2), "c": torch.ones(5, dtype=torch.float16)}
HEADER = {name: f'{name} \N{GREEK SMALL LETTER MU} "quoted"\n' for name in "zyxwvutsr"}


def test_the_same_content_is_the_same_file(tmp_path):
    for number in range(5):
        write_safetensors(tmp_path / f"{number}.safetensors", TENSORS, dict(reversed(HEADER.items())))
        write_safetensors(tmp_path / f"{number}r.safetensors", dict(reversed(TENSORS.items())), HEADER)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


@given(header=st.dictionaries(st.text(), st.text(), max_size=4))
def test_every_text_comes_back(header, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "x.safetensors"
    write_safetensors(path, TENSORS, header)
    tensors, found = read_safetensors(path)
    assert found == {"format": "pt", **header}
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[key], tensor) for key, tensor in TENSORS.items())


def test_tensors_are_no_longer_those_of_the_file(tmp_path):
    """Mapped ones would change with it, and begin where the header happens to end."""
    path = tmp_path / "x.safetensors"
    write_safetensors(path, TENSORS, {"longer": "header"})
    tensors, _ = read_safetensors(path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(bytes(size))
    assert all(torch.equal(tensors[key], tensor) for key, tensor in TENSORS.items())
    assert all(tensor.data_ptr() % 64 == 0 for tensor in tensors.values())
