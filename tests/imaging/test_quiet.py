import logging
import warnings

import pytest
from pydicom.misc import warn_and_log

from ultrasam.imaging.quiet import quiet
from ultrasam.imaging.raster import decoding


def test_pydicom_is_silent_inside_and_not_after(caplog, recwarn):
    with quiet(), quiet():
        logging.getLogger("pydicom.pixels").error("inside")
        warnings.warn_explicit("inside", UserWarning, "x.py", 1, module="pydicom.dataset")
    assert not caplog.records
    assert not recwarn.list
    logging.getLogger("pydicom.pixels").error("after")
    with pytest.warns(UserWarning, match="after"):
        warn_and_log("after")
    assert [record.message for record in caplog.records] == ["after", "after"]


def test_pillow_is_silent_inside_and_not_after(recwarn):
    with quiet():
        warnings.warn_explicit("inside", UserWarning, "x.py", 1, module="PIL.TiffImagePlugin")
    assert not recwarn.list
    with pytest.warns(UserWarning, match="after"):
        warnings.warn_explicit("after", UserWarning, "x.py", 1, module="PIL.TiffImagePlugin")


def test_readers_that_overlap_leave_no_filter_behind():
    before = list(warnings.filters)
    pixels, pictures = quiet(), decoding("x.png")
    pixels.__enter__()
    pictures.__enter__()
    pixels.__exit__(None, None, None)
    pictures.__exit__(None, None, None)
    assert list(warnings.filters) == before
