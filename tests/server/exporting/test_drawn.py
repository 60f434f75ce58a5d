from tests.server.exporting.made_project import about, new_id, ruler, thing
from ultrasam.server.exporting.drawn import Drawn


def test_objects_are_numbered_by_place_and_tracks_by_first_appearance():
    track = new_id()
    items = [
        thing(None, frame=4, position=2, track=track),
        thing(None, frame=4, position=0.5),
        thing(None, frame=1, position=7, track=track),
        ruler([1, 2], [3, 4], frame=9),
        about(crop=[1, 2, 3, 4], redactions=[[0, 0, 1, 1]], spacing_mm=[1, 0.5]),
    ]
    drawn = Drawn.of(items)
    assert [(o.frame, o.number, o.track) for o in drawn.outlines] == [(1, 1, 1), (4, 1, 2), (4, 2, 1)]
    assert drawn.frames == [1, 4]
    assert [(d.frame, d.from_xy, d.to_xy) for d in drawn.distances] == [(9, (1.0, 2.0), (3.0, 4.0))]
    assert (drawn.crop, drawn.redactions) == ((1.0, 2.0, 3.0, 4.0), ((0.0, 0.0, 1.0, 1.0),))
    assert drawn.spacing_mm == (1.0, 0.5)


def test_nothing_drawn():
    drawn = Drawn.of([])
    assert (drawn.outlines, drawn.distances, drawn.crop, drawn.redactions) == ((), (), None, ())
    assert drawn.spacing_mm is None


def test_an_image_item_of_before_spacings_were_given():
    item = about()
    del item["spacingMm"]
    assert Drawn.of([item]).spacing_mm is None
