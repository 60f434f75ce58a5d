import pytest

from ultrasam.corpus.source.patterns import compiled
from ultrasam.errors import InputError


@pytest.mark.parametrize(
    ("pattern", "path", "is_meant"),
    [
        ("*.png", "1.png", True),
        ("*.png", "BUSI/images/1.png", True),
        ("*.png", "1.PNG", True),
        ("*.png", "1.png.txt", False),
        ("images/*.png", "images/1.png", True),
        ("images/*.png", "a/b/images/1.png", True),
        ("images/*.png", "more_images/1.png", False),
        ("images/*.png", "images/sub/1.png", False),
        ("images/**/*.png", "images/1.png", True),
        ("images/**/*.png", "images/a/b/1.png", True),
        ("images/**", "x/images/a/b/1.png", True),
        ("im**/1.png", "images/a/1.png", True),
        ("im**/1.png", "im1.png", False),
        ("**/1.png", "1.png", True),
        ("?.png", "1.png", True),
        ("?.png", "12.png", False),
        ("a?b", "a/b", False),
        ("{images,masks}/*.png", "x/masks/1.png", True),
        ("{images,masks}/*.png", "x/other/1.png", False),
        ("{a,b/**/c}/1.png", "b/x/y/c/1.png", True),
        ("*.{png,jp{e,}g}", "1.jpeg", True),
        ("*.{png,jp{e,}g}", "1.jpg", True),
        ("benign (1)[a]+.png", "benign (1)[a]+.png", True),
        ("[ab].png", "a.png", False),
        ("1,2.csv", "1,2.csv", True),
        ("1.png", "1xpng", False),
        ("*.png", "a\nb.png", True),
    ],
)
def test_meaning(pattern, path, is_meant):
    assert bool(compiled(pattern).fullmatch(path)) == is_meant


@pytest.mark.parametrize("pattern", ["{a,b", "a}", "{a}}"])
def test_braces_must_match(pattern):
    with pytest.raises(InputError, match="matching braces"):
        compiled(pattern)
