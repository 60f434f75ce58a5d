import pytest

from ultrasam.cli.words import parse_formats, parse_point, parse_prompts, parse_spacing, seconds_of
from ultrasam.errors import InputError, UltraSamError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4,3", (4, 3, 1)),
        ("4,3,+", (4, 3, 1)),
        ("4,3,-", (4, 3, 0)),
        ("4.5,3,0", (4.5, 3, 0)),
        (" 4 , 3 , - ", (4, 3, 0)),
    ],
)
def test_points_are_parsed(text, expected):
    assert parse_point(text) == expected


def test_spacing_is_parsed():
    assert parse_spacing("0.2") == (0.2, 0.2)
    assert parse_spacing("0.1,0.3") == (0.1, 0.3)


def test_formats_are_parsed():
    assert [kind.value for kind in parse_formats("png, COCO")] == ["png", "coco"]


def test_each_box_is_an_object_and_points_are_of_one():
    assert [p.prompts.box_xyxy for p in parse_prompts(["1,2,3,4", "5,6,7,8"], [], None)] == [(1, 2, 3, 4), (5, 6, 7, 8)]
    (found,) = parse_prompts(["1,2,3,4"], ["2,3", "9,9,-"], None)
    assert found.prompts.labels.tolist() == [1, 0]
    assert found.prompts.box_xyxy == (1, 2, 3, 4)
    assert parse_prompts([], [], None) == []


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_point, "5", "X,Y"),
        (parse_point, "5,6,7", "X,Y,-"),
        (parse_point, "5,x", "numbers"),
        (parse_spacing, "0", "above 0"),
        (parse_spacing, "1,2,3", "one or two"),
        (parse_spacing, "inf", "above 0"),
        (parse_formats, "", "any of png"),
        (parse_formats, "png,gif", "any of png"),
    ],
)
def test_what_is_not_understood_is_told(parse, text, message):
    with pytest.raises(UltraSamError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("2h30m", 9000), ("1d", 86_400), (" 1d1h1m1s ", 90_061)]
)
def test_times(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "1h 30m", "30m1h", "-5m", "1.5h"])
def test_what_is_no_time(text):
    with pytest.raises(InputError, match="Expected a time such as"):
        seconds_of(text)
