import pytest

from ultrasam.errors import WeightsError
from ultrasam.weights.key_map import KeyMap

NAMES = KeyMap(
    ("blocks.{}.norm{}", "layers.{}.layer_norm{}"),
    ("blocks", "layers"),
    ("head.a", "first"),
    ("head.b", "second"),
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("blocks.11.norm2.weight", "layers.11.layer_norm2.weight"),
        ("blocks.0.attn.qkv.bias", "layers.0.attn.qkv.bias"),
        ("head.a", "first"),
        ("head.b.0.weight", "second.0.weight"),
    ],
)
def test_renames_in_both_directions(ours, theirs):
    assert NAMES.rename(ours) == theirs
    assert NAMES.inverse().rename(theirs) == ours


@pytest.mark.parametrize("key", ["blocksy.0", "head.ab.weight", "my.blocks.0", "head"])
def test_only_whole_parts_from_the_start_fit(key):
    assert NAMES.rename(key) is None


def test_an_unknown_key_is_named():
    with pytest.raises(WeightsError, match=r"tail\.0"):
        NAMES.rename_all(["blocks.0.norm1.bias", "tail.0"])


def test_two_keys_must_not_become_one():
    with pytest.raises(WeightsError, match="same"):
        KeyMap(("a", "c"), ("b", "c")).rename_all(["a", "b"])
