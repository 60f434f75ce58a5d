import os
import sys

import pytest

from ultrasam.imaging.stderr_silence import silent_stderr


def test_what_libraries_print_is_dropped_and_only_that(capfd):
    print("before", file=sys.stderr)
    with silent_stderr():
        os.write(2, b"library\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


def test_standard_error_comes_back_after_an_error(capfd):
    with pytest.raises(ValueError, match="x"), silent_stderr():
        raise ValueError("x")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
