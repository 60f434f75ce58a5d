import numpy as np
import pytest

from tests.evaluation.made_data import SIZE_HW, ellipse
from tests.inference.small_model import small_segmenter
from ultrasam.evaluation.answers import Case, Clock, ask
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.protocols import parse_protocols
from ultrasam.imaging import rle_to_mask

CASES = [Case("made/1/1", ellipse(35, 40, 16, 22)), Case("made/1/2", ellipse(90, 50, 20, 14), (0.1, 0.2))]
PIXELS = np.random.default_rng(0).integers(0, 256, SIZE_HW, dtype=np.uint8)


@pytest.fixture(scope="module")
def session():
    return small_segmenter().embed(PIXELS)


def asked(session, names, cases=CASES, seed=0):
    return ask(session, cases, parse_protocols(names), seed=seed, tolerances=Tolerances(2.0, 1.0), clock=Clock())


def test_every_object_answers_every_protocol_and_round(session):
    answers = asked(session, ["box", "clicks-3", "point-centre"])
    assert len(answers) == 2
    for of_case in answers:
        steps = [(answer["protocol"], answer["step"]) for answer in of_case]
        assert steps == [("box", 1), ("clicks-3", 1), ("clicks-3", 2), ("clicks-3", 3), ("point-centre", 1)]


def test_scores_are_of_the_mask_that_is_kept(session):
    for case, of_case in zip(CASES, asked(session, ["box", "clicks-3"]), strict=True):
        for answer in of_case:
            mask = rle_to_mask({"size": SIZE_HW, "counts": answer["mask"]})
            both, either = (mask & case.truth).sum(), mask.sum() + case.truth.sum()
            assert answer["dice"] == pytest.approx(2 * both / either, abs=1e-5)
            assert (answer["hd95_mm"] is None) == (case.spacing_mm is None)


def test_the_answer_is_that_of_the_session(session):
    (answer, *_), _ = asked(session, ["box"])
    found = session.segment(box_xyxy=answer["prompt"]["box_xyxy"])
    assert np.array_equal(rle_to_mask({"size": SIZE_HW, "counts": answer["mask"]}), found.mask)
    assert answer["predicted_iou"] == pytest.approx(found.score, abs=1e-5)


def test_the_oracle_is_the_best_of_three(session):
    (answer,), _ = asked(session, ["point-interior"])
    masks = [c.mask for c in session.candidates(found_prompts(session, answer))]
    truth = CASES[0].truth
    best = max(2 * (mask & truth).sum() / (mask.sum() + truth.sum()) for mask in masks)
    assert answer["oracle_dice"] == pytest.approx(best, abs=1e-5)


def found_prompts(session, answer):
    return session.segment(points_xy=answer["prompt"]["points_xy"]).prompts


def test_clicks_accumulate_and_start_from_the_former_answer(session):
    of_case = asked(session, ["clicks-3"])[0]
    points = [answer["prompt"]["points_xy"] for answer in of_case]
    assert [len(p) for p in points] == [1, 2, 3]
    assert points[2][:2] == points[1]
    assert "mask" not in of_case[0]["prompt"]
    assert of_case[1]["prompt"]["mask"] == "logits of the former answer"
    first = session.segment(points_xy=points[0])
    second = session.segment(points_xy=points[1], labels=of_case[1]["prompt"]["labels"], mask=first)
    assert np.array_equal(rle_to_mask({"size": SIZE_HW, "counts": of_case[1]["mask"]}), second.mask)


def test_a_perfect_answer_stands(session, monkeypatch):
    monkeypatch.setattr("ultrasam.evaluation.protocols.protocol.corrective_click", FirstClickOnly())
    of_case = asked(session, ["clicks-3"], CASES[:1])[0]
    assert [answer["step"] for answer in of_case] == [1, 2, 3]
    assert len({answer["mask"] for answer in of_case}) == 1


class FirstClickOnly:
    """A user who is content with the first answer."""

    def __call__(self, truth, predicted):
        from ultrasam.prompting import corrective_click

        return None if predicted.any() else corrective_click(truth, predicted)


def test_other_protocols_and_objects_change_nothing(session):
    names = ["points-3", "box-jitter-20", "clicks-3"]
    together = asked(session, names)
    for name in names:
        for case, of_case in zip(CASES, together, strict=True):
            (alone,) = asked(session, [name], [case])
            same = [answer for answer in of_case if answer["protocol"] == name]
            assert [a["prompt"] for a in alone] == [a["prompt"] for a in same] or name == "clicks-3"
            assert [a["dice"] for a in alone] == pytest.approx([a["dice"] for a in same], abs=0.02)


def test_the_seed_changes_random_prompts_only(session):
    names = ["box", "points-3", "box-shift-15@refined", "box-jitter-20"]
    zero, one = ({a["protocol"]: a["prompt"] for a in asked(session, names, seed=s)[0]} for s in (0, 1))
    assert zero["box"] == one["box"]
    assert zero["points-3"] != one["points-3"]
    assert zero["box-jitter-20"] != one["box-jitter-20"]


def test_what_is_asked_alike_is_decoded_once(session, monkeypatch):
    asked_for = []
    inner = type(session).propose_batch

    def counting(self, prompts, **options):
        asked_for.append(len(prompts))
        return inner(self, prompts, **options)

    monkeypatch.setattr(type(session), "propose_batch", counting)
    answers = asked(session, ["point-interior", "clicks-1", "box"])
    assert sum(asked_for) == 4, "two objects, the point and the box of each"
    assert answers[0][0]["mask"] == answers[0][1]["mask"]


def test_passes(session):
    one, refined, own = asked(session, ["box@one-pass", "box@refined", "box"], CASES[:1])[0]
    assert one["mask"] == own["mask"]
    box = own["prompt"]["box_xyxy"]
    again = session.segment(box_xyxy=box, mask=session.segment(box_xyxy=box))
    assert np.array_equal(rle_to_mask({"size": SIZE_HW, "counts": refined["mask"]}), again.mask)


@pytest.mark.parametrize("pipeline", ["sam", "medsam", "ultrasam"])
def test_every_protocol_suits_every_family_of_weights(pipeline):
    session = small_segmenter(pipeline=pipeline).embed(PIXELS)
    names = [protocol.name for protocol in parse_protocols(["full"])]
    (answers,) = asked(session, names, CASES[:1])
    assert {answer["protocol"] for answer in answers} == set(names)
    masks = {(answer["protocol"], answer["step"]): answer["mask"] for answer in answers}
    # The official UltraSam refines by itself, the others only when they are told to.
    assert (masks["box", 1] == masks["box@one-pass", 1]) == (pipeline != "ultrasam")
    assert (masks["box", 1] == masks["box@refined", 1]) == (pipeline == "ultrasam")


def test_many_objects_are_asked_in_portions(session, monkeypatch):
    together = asked(session, ["box"])
    monkeypatch.setattr("ultrasam.evaluation.answers.OBJECTS_AT_ONCE", 1)
    portions = asked(session, ["box"])
    assert [[a["prompt"] for a in case] for case in together] == [[a["prompt"] for a in case] for case in portions]


def test_the_clock_tells_where_time_goes():
    clock = Clock()
    clock.lap("a")
    clock.lap("b")
    clock.lap("a")
    assert set(clock.seconds) == {"a", "b"}
    assert all(seconds >= 0 for seconds in clock.seconds.values())
