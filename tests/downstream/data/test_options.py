"""What a user can say about a data set, checked when it is said."""

import pytest
from pydantic import ValidationError

from ultrasam.downstream.data import ReadingOptions


def test_several_columns_of_labels_are_separated_by_commas():
    assert ReadingOptions(label_column="cyst, nodule,cyst").label_columns == ("cyst", "nodule")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"label_column": " , "}, "name of a column"),
        ({"classes": ("a", "a")}, "different names"),
        ({"targets": ("",)}, "none empty"),
        ({"patient_pattern": "p[0-9]+"}, "group in brackets"),
        ({"patient_pattern": "("}, "regular expression"),
        ({"val": 0.6, "test": 0.5}, "leave some to train on"),
        ({"share": 0}, "greater than 0"),
        ({"columns": "label"}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(values, said):
    with pytest.raises(ValidationError, match=said):
        ReadingOptions(**values)


def test_options_go_through_json():
    options = ReadingOptions(classes=("a", "b"), patient_pattern="^(p[0-9]+)_", share=0.1)
    assert ReadingOptions.model_validate_json(options.model_dump_json()) == options
