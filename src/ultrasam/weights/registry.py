"""The weights that have a name: where they come from, how to check them, and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias

from ultrasam.errors import WeightsError
from ultrasam.weights.input_size import SAM_INPUT_SIZE

#: How pixels and prompts are prepared for a network and how its masks are finished.
Pipeline: TypeAlias = Literal["sam", "medsam", "ultrasam"]
PIPELINES: tuple[Pipeline, ...] = ("sam", "medsam", "ultrasam")

BUNDLED_FOLDER = Path(__file__).with_name("bundled")


@dataclass(frozen=True)
class WeightsEntry:
    """One file of weights that can be asked for by name.

    Attributes:
        name: what the user types.
        title: what it is, in a few words.
        architecture: the image encoder.
        file: file name, in the cache or in the package.
        urls: addresses of the identical file, tried in this order; empty where it comes with the package.
        sha256: of the file, or None where it is not known; then the first download is trusted and recorded.
        size_bytes: of the file, or None where it is not known.
        licence: what its publisher allows, SPDX where it has one.
        training_data: what the network has seen.
        citation: the paper to cite.
        origin: the publisher's page; empty for what was trained for this package.
        pipeline: how images and prompts are prepared for it.
        input_size: side in pixels of the square input that it was trained with.
        bundled: whether the file lies in the package.
        notes: what else a user should know.
    """

    name: str
    title: str
    architecture: str
    file: str
    urls: tuple[str, ...]
    sha256: str | None
    size_bytes: int | None
    licence: str
    training_data: str
    citation: str
    origin: str
    pipeline: Pipeline = "sam"
    input_size: int = SAM_INPUT_SIZE
    bundled: bool = False
    notes: str = ""

    @property
    def metadata(self) -> dict[str, str]:
        """What a file carries on about itself: title, licence, origin, training data, citation."""
        names = ("title", "licence", "origin", "training_data", "citation")
        return {name: str(getattr(self, name)) for name in names if getattr(self, name)}


_SAM_PAPER = "Kirillov et al., Segment Anything, ICCV 2023, arXiv:2304.02643"
_MOBILE_SAM_PAPER = (
    "Zhang et al., Faster Segment Anything: Towards Lightweight SAM for Mobile Applications, 2023, arXiv:2306.14289"
)
_MEDSAM_PAPER = "Ma et al., Segment anything in medical images, Nature Communications 15:654, 2024"
_ULTRASAM_PAPER = (
    "Meyer et al., UltraSam: a foundation model for ultrasound using large open-access segmentation "
    "datasets, IJCARS 2025, doi:10.1007/s11548-025-03517-8"
)
_SA_1B = "SA-1B: 11 million licensed photographs, 1.1 billion masks; no ultrasound"
_MOBILE_SAM_DATA = "1 % of SA-1B (the encoder is distilled from SAM's ViT-H, the decoder is SAM's)"


def _sam(size: str, file: str, sha256: str, size_bytes: int) -> WeightsEntry:
    return WeightsEntry(
        name=f"sam-vit-{size}",
        title=f"Segment Anything, ViT-{size.upper()}",
        architecture=f"ViT-{size.upper()}",
        file=file,
        urls=(
            f"https://dl.fbaipublicfiles.com/segment_anything/{file}",
            f"https://huggingface.co/ybelkada/segment-anything/resolve/main/checkpoints/{file}",
        ),
        sha256=sha256,
        size_bytes=size_bytes,
        licence="Apache-2.0",
        training_data=_SA_1B,
        citation=_SAM_PAPER,
        origin="https://github.com/facebookresearch/segment-anything",
    )


_ENTRIES = (
    WeightsEntry(
        name="ultrasam-tiny",
        title="UltraSam tiny",
        architecture="TinyViT-5M",
        file="ultrasam_tiny.safetensors",
        urls=(),
        sha256="39df305c24665aeae66a823cc3f35bbf75994f8a5b5f428725671c07e447cf36",
        size_bytes=19_741_288,
        licence="CC-BY-NC-SA-4.0",
        training_data=(
            "ultrasound: the training splits of BUS-BRA, BUS-UCLM, CAMUS, CCAUI, DDTI, FALLMUD, HC18, MMOTU_2d, PSFHS "
            f"and USGRA; began with MobileSAM: {_MOBILE_SAM_DATA}"
        ),
        citation=f"{_MOBILE_SAM_PAPER}; {_SAM_PAPER}; {_ULTRASAM_PAPER}",
        origin="",
        input_size=512,
        bundled=True,
        notes=(
            "Comes with the package, in half precision. Not for commercial use, because CAMUS is in its training data; "
            "some of the other data sets state no licence: see  ultrasam weights card ultrasam-tiny"
        ),
    ),
    WeightsEntry(
        name="mobile-sam",
        title="MobileSAM",
        architecture="TinyViT-5M",
        file="mobile_sam.pt",
        urls=(
            "https://github.com/ChaoningZhang/MobileSAM/raw/master/weights/mobile_sam.pt",
            "https://huggingface.co/dhkim2810/MobileSAM/resolve/main/mobile_sam.pt",
        ),
        sha256="6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        size_bytes=40_728_226,
        licence="Apache-2.0",
        training_data=f"{_MOBILE_SAM_DATA}; no ultrasound",
        citation=_MOBILE_SAM_PAPER,
        origin="https://github.com/ChaoningZhang/MobileSAM",
    ),
    _sam(
        "b",
        "sam_vit_b_01ec64.pth",
        "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
        375_042_383,
    ),
    _sam(
        "l",
        "sam_vit_l_0b3195.pth",
        "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
        1_249_524_607,
    ),
    _sam(
        "h",
        "sam_vit_h_4b8939.pth",
        "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
        2_564_550_879,
    ),
    WeightsEntry(
        name="medsam",
        title="MedSAM, ViT-B",
        architecture="ViT-B",
        file="medsam_vit_b.pth",
        urls=("https://zenodo.org/records/10689643/files/medsam_vit_b.pth?download=1",),
        sha256="34b34b78c1d18cb8c6bf84cf9c00e135d6d6c965699f3c0e31ef1bc9dcb5be74",
        size_bytes=375_049_145,
        licence="Apache-2.0",
        training_data="1.57 million medical image-mask pairs of 10 modalities, ultrasound among them",
        citation=_MEDSAM_PAPER,
        origin="https://github.com/bowang-lab/MedSAM",
        pipeline="medsam",
        notes="Made for one box per structure; gives one mask.",
    ),
    WeightsEntry(
        name="ultrasam",
        title="UltraSam, official, ViT-B",
        architecture="ViT-B",
        file="UltraSam.pth",
        urls=("https://s3.unistra.fr/camma_public/github/ultrasam/UltraSam.pth",),
        sha256=None,
        size_bytes=None,
        licence="CC-BY-NC-SA-4.0",
        training_data="US-43d: 43 open ultrasound data sets, about 282,000 images",
        citation=_ULTRASAM_PAPER,
        origin="https://github.com/CAMMA-public/UltraSam",
        pipeline="ultrasam",
        notes="Not for commercial use. Made for one point or one box per structure.",
    ),
)
_BY_NAME = {entry.name: entry for entry in _ENTRIES}

#: What is used where nobody asked for anything else.
DEFAULT = "ultrasam-tiny"


def entries() -> tuple[WeightsEntry, ...]:
    """All named weights, the bundled ones first."""
    return _ENTRIES


def find_entry(name: str | PathLike[str]) -> WeightsEntry | None:
    """The weights of this name, or None where it is none, as a path is."""
    return _BY_NAME.get(name) if isinstance(name, str) else None


def get_entry(name: str) -> WeightsEntry:
    """The weights of this name.

    Raises:
        WeightsError: there are none.
    """
    entry = find_entry(name)
    if entry is None:
        raise WeightsError(f"Expected one of the names {', '.join(_BY_NAME)}, but got {name!r}.")
    return entry


def entry_with_sha256(sha256: str) -> WeightsEntry | None:
    """The named weights whose published hash this is."""
    return next((entry for entry in _ENTRIES if entry.sha256 == sha256), None)
