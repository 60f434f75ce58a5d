import logging
import os
import warnings
from concurrent.futures import ThreadPoolExecutor

import pydicom
import pytest
from pydicom.misc import warn_and_log

from tests.imaging.dicom_files import shared_dicom, write
from ultrasam.errors import ImageError
from ultrasam.imaging.dicom import read_dicom
from ultrasam.imaging.dicom_quiet import native_stderr_to_log, quiet


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


def test_other_libraries_are_heard_inside(caplog):
    with quiet(), pytest.warns(UserWarning, match="mine"):
        warnings.warn_explicit("mine", UserWarning, "x.py", 1, module="mine")
    with quiet():
        logging.getLogger("mine").error("mine")
    assert [record.message for record in caplog.records] == ["mine"]


def test_many_threads_leave_everything_as_it_was():
    before = (list(warnings.filters), logging.getLogger("pydicom").propagate)

    def enter(_):
        with quiet():
            return logging.getLogger("pydicom").propagate

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(enter, range(500)))
    assert (list(warnings.filters), logging.getLogger("pydicom").propagate) == before


def test_native_complaints_become_log_records(caplog, capfd):
    with native_stderr_to_log():
        os.write(2, b"Corrupt data\n")
    os.write(2, b"heard\n")
    assert [record.message for record in caplog.records] == ["The decoder says: Corrupt data"]
    assert capfd.readouterr().err == "heard\n"


def test_damaged_lossless_jpeg_leaves_the_terminal_clean(tmp_path, caplog, capfd):
    dataset = pydicom.dcmread(shared_dicom("pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm"))
    middle = len(dataset.PixelData) // 2
    dataset.PixelData = dataset.PixelData[:middle] + b"\xff\xff\x12\x00" + dataset.PixelData[middle + 4 :]
    image = read_dicom(write(tmp_path / "x.dcm", dataset))
    with pytest.raises(ImageError, match=r"frame 0 of x\.dcm is damaged and cannot be decoded"):
        image.frame(0)
    assert "The decoder says: Corrupt JPEG data" in caplog.text
    assert capfd.readouterr().err == ""
