import threading

import numpy as np
import pytest
import torch
from PIL import Image

import ultrasam
from tests.inference.small_finetuned import write_finetuned
from tests.inference.small_model import small_segmenter
from ultrasam.errors import InputError
from ultrasam.imaging import UltrasoundImage
from ultrasam.imaging.image import ArrayFrames
from ultrasam.inference import batch
from ultrasam.inference.batch import FileFailure, FileTask, FrameResult, classify_files, segment_files
from ultrasam.inference.overlap import WAITING
from ultrasam.inference.prompt_file import FramePrompt
from ultrasam.types import Prompts

BOX = FramePrompt(Prompts(box_xyxy=(2, 3, 20, 22)))
WIDE = FramePrompt(Prompts(box_xyxy=(0, 0, 35, 30)))
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    return small_segmenter()


@pytest.fixture
def folder(tmp_path):
    for name, width in (("a", 40), ("narrow", 30)):
        Image.fromarray(RNG.integers(0, 256, (32, width), dtype=np.uint8)).save(tmp_path / f"{name}.png")
    frames = [Image.fromarray(RNG.integers(0, 256, (32, 40), dtype=np.uint8)) for _ in range(4)]
    frames[0].save(tmp_path / "cine.tif", save_all=True, append_images=frames[1:])
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    return tmp_path


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("ultrasam-")]


def run(model, folder, names, prompts=(BOX,), **options):
    tasks = [FileTask(folder / name, tuple(prompts)) for name in names]
    return list(segment_files(model, tasks, **options))


def test_bad_files_and_prompts_do_not_stop_the_others(model, folder):
    results = run(model, folder, ["broken.png", "narrow.png", "absent.png", "a.png"], [WIDE])
    kinds = [type(result) for result in results]
    assert kinds == [FileFailure, FileFailure, FileFailure, FrameResult]
    assert "inside the image of 30 x 32" in results[1].reason
    assert results[3].segmentations[0].mask.shape == (32, 40)


def test_no_encoder_runs_for_a_prompt_outside_the_image(model, folder, monkeypatch):
    monkeypatch.setattr(model.network, "encode_image", lambda _: pytest.fail("encoded"))
    assert isinstance(run(model, folder, ["narrow.png"], [WIDE])[0], FileFailure)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_too_little_memory_for_one_file_does_not_stop_the_others(model, folder, monkeypatch, error):
    encode = model.network.encode_image

    def encode_image(images):
        monkeypatch.setattr(model.network, "encode_image", encode)
        raise error

    monkeypatch.setattr(model.network, "encode_image", encode_image)
    first, second = run(model, folder, ["a.png", "narrow.png"])
    assert "memory" in first.reason
    assert isinstance(second, FrameResult)


def test_other_errors_of_torch_are_not_hidden(model, folder, monkeypatch):
    def encode_image(images):
        raise RuntimeError("a bug")

    monkeypatch.setattr(model.network, "encode_image", encode_image)
    with pytest.raises(RuntimeError, match="a bug"):
        run(model, folder, ["a.png"])


def test_frames_and_their_own_prompts(model, folder):
    own = FramePrompt(Prompts(points_xy=[(5, 5)]), frame=2)
    planned = []
    results = run(model, folder, ["cine.tif"], [BOX, own], frames="1:3", on_plan=planned.append)
    assert [(r.frame.index, r.objects) for r in results] == [(1, (1,)), (2, (1, 2))], "an object keeps its number"
    assert planned == [2]
    assert [r.frame.index for r in run(model, folder, ["cine.tif"])] == [0]
    assert [r.frame.index for r in run(model, folder, ["cine.tif"], frames="all")] == [0, 1, 2, 3]
    assert "from 0 to 3" in run(model, folder, ["cine.tif"], frames="4")[0].reason


def test_spacing_given_by_the_user_counts(model, folder):
    (result,) = run(model, folder, ["a.png"], spacing_mm=(0.5, 0.5))
    found = result.segmentations[0]
    assert found.area_px
    assert found.area_mm2 == pytest.approx(found.area_px / 4)


def test_no_prompts_are_a_failure(model, folder):
    assert "at least one prompt" in run(model, folder, ["a.png"], [])[0].reason


def fine_tuned(folder, kind):
    return ultrasam.load(write_finetuned(folder / f"{kind}.safetensors", kind))


def test_a_fine_tuned_model_needs_no_prompts(folder):
    model = fine_tuned(folder, "semantic")
    results = run(model, folder, ["broken.png", "a.png", "cine.tif"], [], frames="::1")
    assert "broken.png" in str(results[0].path)
    assert [(r.path.name, r.frame.index) for r in results[1:]] == [("a.png", 0), *(("cine.tif", i) for i in range(4))]
    for result in results[1:]:
        alone = model.predict(result.frame)
        assert [one.category for one in result.segmentations] == [one.category for one in alone]
        assert result.objects == tuple({"lesion": 1, "vessel": 2}[one.category] for one in alone)
        assert result.object_count == 2


def test_instances_are_numbered_by_rank(folder):
    model = fine_tuned(folder, "instance")
    (result,) = run(model, folder, ["a.png"], [], min_score=0.0)
    assert result.objects == tuple(range(1, len(result.segmentations) + 1))
    assert result.object_count == 5
    (result,) = run(model, folder, ["a.png"], [])
    assert (result.objects, result.segmentations) == ((), ())


def test_classes_of_files(folder):
    model = fine_tuned(folder, "pooled")
    results = list(
        classify_files(model, [FileTask(folder / name) for name in ("absent.png", "cine.tif")], frames="1:3")
    )
    assert isinstance(results[0], FileFailure)
    assert [(r.frame.index, r.objects) for r in results[1:]] == [(1, (1,)), (2, (1,))]
    expected = model.predict(ultrasam.read(folder / "cine.tif").frame(2)).probabilities
    assert results[2].answers[0].probabilities == pytest.approx(expected)


def test_classes_of_marked_objects(folder):
    model = fine_tuned(folder, "prompted")
    tasks = [FileTask(folder / "narrow.png", (BOX, WIDE)), FileTask(folder / "a.png", (BOX, WIDE))]
    failure, result = classify_files(model, tasks)
    assert "inside the image of 30 x 32" in failure.reason
    assert result.objects == (1, 2)
    assert [answer.segmentation.prompts for answer in result.answers] == [BOX.prompts, WIDE.prompts]
    assert "at least one prompt" in next(classify_files(model, [FileTask(folder / "a.png")])).reason


@pytest.fixture
def opened(monkeypatch):
    """Names of the files that are read, in order, and those of them that are open."""
    read, names, open_now = batch.read, [], set()

    def watched(path, **options):
        image = read(path, **options)
        names.append(path.name)
        open_now.add(path.name)
        close = image.close
        monkeypatch.setattr(image, "close", lambda: (close(), open_now.discard(path.name)))
        return image

    monkeypatch.setattr(batch, "read", watched)
    return names, open_now


def test_files_are_read_only_a_little_ahead_and_closed_when_they_are_read(model, folder, opened):
    names, open_now = opened
    tasks = [FileTask(folder / name, (BOX,)) for name in 20 * ["a.png"]]
    results = segment_files(model, tasks)
    assert names == []
    for done in range(1, 4):
        next(results)
        # One more may be open at its last frame.
        assert len(names) <= done + WAITING + 1
        assert len(open_now) <= 1
    results.close()
    assert len(names) < 10
    assert open_now == set()


def test_no_file_stays_open_after_an_error_that_is_not_foreseen(model, folder, opened, monkeypatch):
    monkeypatch.setattr(model.network, "encode_image", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(model, folder, 20 * ["cine.tif"], frames="all")
    assert opened[1] == set()


def test_a_bug_of_a_reader_is_raised(model, folder, monkeypatch):
    monkeypatch.setattr(ArrayFrames, "read", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(model, folder, ["a.png"])


@pytest.mark.parametrize("bad", [0, 1, 3])
def test_a_file_that_fails_at_a_frame_is_given_up_there(model, folder, monkeypatch, bad):
    embed, count = type(model).embed, iter(range(100))

    def failing(self, image):
        if next(count) == bad:
            raise MemoryError
        return embed(self, image)

    monkeypatch.setattr(type(model), "embed", failing)
    planned = []
    *frames, failure, after = run(model, folder, ["cine.tif", "a.png"], frames="0:4", on_plan=planned.append)
    assert isinstance(failure, FileFailure)
    assert isinstance(after, FrameResult)
    assert after.path.name == "a.png"
    assert planned == [4, 1]
    assert [frame.frame.index for frame in frames] == list(range(bad))


def test_a_file_that_is_given_up_is_not_read_to_its_end(model, tmp_path, monkeypatch):
    frames = [Image.fromarray(np.full((8, 10), i, np.uint8)) for i in range(30)]
    frames[0].save(tmp_path / "long.tif", save_all=True, append_images=frames[1:])
    frame, read_frames = UltrasoundImage.frame, []
    monkeypatch.setattr(UltrasoundImage, "frame", lambda self, i=0: read_frames.append(i) or frame(self, i))
    (failure,) = run(model, tmp_path, ["long.tif"], [WIDE], frames="all")
    assert "inside the image" in failure.reason
    assert len(read_frames) <= WAITING + 3


def test_a_file_has_one_failure_though_it_cannot_be_read_further_either(model, folder, monkeypatch):
    wrong = FramePrompt(Prompts(points_xy=[(99, 99)]))
    frame = UltrasoundImage.frame

    def damaged(image, index=0):
        if index == 1:
            raise InputError("Expected a frame, but it is damaged.")
        return frame(image, index)

    monkeypatch.setattr(UltrasoundImage, "frame", damaged)
    first, second = run(model, folder, ["cine.tif", "cine.tif"], [wrong], frames="all")
    assert "inside the image" in first.reason
    assert "inside the image" in second.reason
    found, failure = run(model, folder, ["cine.tif"], [BOX], frames="all")
    assert found.frame.index == 0
    assert "damaged" in failure.reason


def test_results_are_those_of_one_image_after_the_other(model, folder):
    names = ["a.png", "narrow.png", "cine.tif"]
    for result in run(model, folder, names):
        with ultrasam.read(folder / result.path.name) as image:
            alone = model.embed(image.frame(result.frame.index)).segment_batch([BOX.prompts])[0]
        assert np.array_equal(result.segmentations[0].mask, alone.mask)
        assert np.array_equal(result.segmentations[0].logits, alone.logits)
