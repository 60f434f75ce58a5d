from tests.corpus.preparing.made_busi import made_busi
from tests.corpus.preparing.test_prepare import CARD, contents
from ultrasam.corpus.preparing import Options, prepare


def test_ray_makes_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("ultrasam.corpus.preparing.engines._PORTION", 1)
    source = made_busi(tmp_path / "source")
    prepare(CARD, source, tmp_path / "here")
    report = prepare(CARD, source, tmp_path / "ray", Options(engine="ray", workers=2))
    assert report.converted == 4
    assert contents(tmp_path / "ray") == contents(tmp_path / "here")
    # Nothing is left to convert, and no cluster is started for it.
    assert prepare(CARD, source, tmp_path / "ray", Options(engine="ray", workers=2)).converted == 0
