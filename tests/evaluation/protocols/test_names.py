import pytest

from ultrasam.errors import InputError
from ultrasam.evaluation.protocols import SUITES, Box, Clicks, MaskPrompt, Point, RandomPoints, parse_protocols


@pytest.mark.parametrize("suite", SUITES)
def test_suites_are_spelled_out(suite):
    assert tuple(protocol.name for protocol in parse_protocols([suite])) == SUITES[suite]


def test_the_standard_suite_is_the_documented_one():
    names = [protocol.name for protocol in parse_protocols(["standard"])]
    assert names == ["point-interior", "point-centre", "box", "box-shift-15", "point-box", "clicks-5"]


def test_full_has_every_disturbance():
    names = {protocol.name for protocol in parse_protocols(["full"])}
    assert {f"box-jitter-{p}" for p in (5, 10, 20)} <= names
    assert {f"box-shift-{p}" for p in (5, 10, 15)} <= names
    assert {"box-scale-85", "box-scale-115", "clicks-10", "mask-eroded-20", "mask-dilated-20"} <= names
    assert {"box@one-pass", "box@refined"} <= names


def test_each_comes_once_in_the_order_of_mention():
    assert [p.name for p in parse_protocols(["box", "standard", "box"])][:2] == ["box", "point-interior"]
    assert len(parse_protocols(["standard", "standard"])) == 6


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("box-jitter-20", Box("own", "jitter", 20)),
        ("box-scale-115@refined", Box("refined", "scale", 115)),
        ("point-centre@one-pass", Point("one-pass", "centre")),
        ("points-3", RandomPoints("own", 3)),
        ("clicks-10", Clicks("own", 10)),
        ("mask-dilated-20", MaskPrompt("own", "dilated", 20)),
    ],
)
def test_a_name_says_it_all(name, protocol):
    assert parse_protocols([name]) == [protocol]
    assert protocol.name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bx", "Expected a suite .standard, full, ultrasam-paper. or a protocol .*'bx'"),
        ("box@", "Expected a suite"),
        ("box@twice", "Expected a suite"),
        ("points-0", "number from 1 to 100 in the protocol points-K, but got 'points-0'"),
        ("box-shift-90", "number from 1 to 50"),
        ("box-scale-10", "number from 50 to 200"),
        ("clicks-99", "number from 1 to 20"),
        ("", "Expected a suite"),
    ],
)
def test_unknown_names_are_told(name, message):
    with pytest.raises(InputError, match=message):
        parse_protocols([name])


def test_one_protocol_in_two_spellings_is_one():
    assert [p.name for p in parse_protocols(["clicks-5", "clicks-05", "box-shift-015"])] == ["clicks-5", "box-shift-15"]


@pytest.mark.parametrize("name", ["mask-eroded-20@refined", "clicks-5@refined"])
def test_what_brings_a_mask_is_not_refined(name):
    with pytest.raises(InputError, match="no @refined where prompts bring masks"):
        parse_protocols([name])


def test_no_protocol_is_told():
    with pytest.raises(InputError, match="at least one protocol"):
        parse_protocols([])


def test_titles_differ():
    titles = [protocol.title for protocol in parse_protocols(["full"])]
    assert len(set(titles)) == len(titles)
