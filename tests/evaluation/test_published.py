import pytest

from ultrasam.evaluation.protocols import parse_protocols
from ultrasam.evaluation.published import PUBLISHED, published_for


def test_every_number_has_a_source_and_a_protocol_of_ours():
    for result in PUBLISHED:
        assert result.source
        assert result.images
        assert 0 < result.dice < 1
        assert [protocol.name for protocol in parse_protocols([result.protocol])] == [result.protocol]


@pytest.mark.parametrize(
    ("dataset", "protocol", "dice"),
    [
        ("BUS-BRA", "box", 0.939),
        ("BUS-BRA", "box-shift-15", 0.840),
        ("MMOTU_2d", "point-centre", 0.880),
        ("MMOTU-2D", "point-box", 0.924),
        ("BUSI", "box-shift-5", 0.916),
    ],
)
def test_numbers_of_the_official_model(dataset, protocol, dice):
    found = [r.dice for r in published_for(dataset) if r.model == "UltraSam" and r.protocol == protocol]
    assert found == [pytest.approx(dice)]


def test_a_set_that_nobody_published_about():
    assert published_for("made") == []
