import dataclasses
import re
import sys
from functools import cache
from xml.etree import ElementTree

import pytest

from tests.evaluation.report.pages import Page
from tests.evaluation.report.summaries import DATASETS, PROTOCOLS, estimate, make_comparison, make_example, make_summary
from ultrasam.errors import MissingExtraError
from ultrasam.evaluation.metrics.scores import METRICS
from ultrasam.evaluation.protocols import parse_protocols
from ultrasam.evaluation.report import comparison_html, summary_html, write_comparison, write_reports

HOSTILE = "<script>alert('x')</script> & \"co\" $a$ | 5 %"


def without_patients(summary):
    nan = float("nan")
    datasets = tuple(
        dataclasses.replace(
            dataset,
            patients=0,
            results=tuple(
                dataclasses.replace(
                    result,
                    estimates={n: dataclasses.replace(e, low=nan, high=nan) for n, e in result.estimates.items()},
                )
                for result in dataset.results
            ),
        )
        for dataset in summary.datasets
    )
    return dataclasses.replace(summary, datasets=datasets)


def with_gaps(summary):
    """A run that was stopped: a set with another one's protocol only."""
    first, *others = summary.datasets
    first = dataclasses.replace(first, results=tuple(r for r in first.results if r.protocol == "point-centre"))
    return dataclasses.replace(summary, datasets=(first, *others), complete=False)


def titles(suite):
    return {protocol.name: protocol.title for protocol in parse_protocols([suite])}


RUNS = {
    "standard": make_summary(),
    "one set, one protocol": make_summary({"A": ("lesion",)}, {"point-centre": "a point"}),
    "no clicks": make_summary(protocols={"box": "a box", "box-shift-15": "a shifted box"}),
    "full": make_summary({"A": ("lesion",)}, titles("full"), millimetres=True),
    "without patients": without_patients(make_summary()),
    "automatic": make_summary({"A": ("lesion",)}, {"automatic": "without a prompt"}),
    "with gaps": with_gaps(make_summary()),
    "a box scaled to itself": make_summary({"A": ("lesion",)}, {"box-scale-100": "a box"}),
    "hostile": make_summary(
        {HOSTILE: (HOSTILE,)},
        {"box": HOSTILE},
        name=HOSTILE,
        skipped=[{"what": HOSTILE, "reason": HOSTILE}],
        examples=[make_example(f"/nowhere/{HOSTILE.replace('/', '-')}", protocol="box", category=HOSTILE)],
    ),
}
COMPARISONS = {
    "two models": make_comparison(warnings=["The runs have different seeds."]),
    "three hostile models": make_comparison((HOSTILE, "b", "c"), {HOSTILE: (HOSTILE,)}, {"box": HOSTILE}, [HOSTILE]),
}


@cache
def page_of(name):
    return summary_html(RUNS[name]) if name in RUNS else comparison_html(COMPARISONS[name])


@pytest.fixture(params=[*RUNS, *COMPARISONS])
def html(request):
    return page_of(request.param)


def test_every_tag_is_closed(html):
    page = Page(html)
    assert not page.unclosed
    assert not page.wrong
    assert all(len({len(row) for row in table}) == 1 for table in page.tables)


def test_nothing_is_loaded_from_outside(html):
    page = Page(html)
    assert all(reference.startswith(("#", "data:image/jpeg;base64,")) for reference in page.references)
    assert not {"script", "link", "iframe", "object", "base"} & set(page.tags)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))
    assert "@import" not in html


def test_references_inside_the_page_are_found_once(html):
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    inside = {reference[1:] for reference in page.references if reference.startswith("#")}
    assert inside | {target[1:] for target in re.findall(r"url\((#[^)]*)\)", html)} <= set(page.ids)


def test_charts_are_xml_in_the_colours_of_the_page(html):
    charts = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert charts
    for chart in charts:
        assert ElementTree.fromstring(chart).get("viewBox")
    assert "#010203" not in html
    assert "#040506" not in html
    used = set(re.findall(r"var\((--\w+)\)", html))
    assert used <= set(re.findall(r"(--\w+):", html))


def test_names_are_words_and_nothing_else():
    for name in ("hostile", "three hostile models"):
        assert HOSTILE in Page(page_of(name)).text


def table_with(page, *head):
    return next(table for table in page.tables if table[0][: len(head)] == list(head))


def test_the_main_table_has_the_numbers_of_the_run():
    summary = RUNS["standard"]
    table = table_with(Page(page_of("standard")), "data set", "objects", "point-interior")
    assert table[0][2:] == list(PROTOCOLS)
    for dataset, row in zip(summary.datasets, table[1:], strict=False):
        last = [[r for r in dataset.results if r.protocol == name][-1].estimates["dice"] for name in PROTOCOLS]
        assert row == [dataset.name, str(last[0].count), *(f"{e.mean:.3f} [{e.low:.3f}, {e.high:.3f}]" for e in last)]
    assert [row[0] for row in table[-2:]] == ["mean of the sets", "all objects"]
    macro = {result.protocol: result.macro["dice"] for result in summary.overall}
    assert [cell.split()[0] for cell in table[-2][2:]] == [f"{macro[name].mean:.3f}" for name in PROTOCOLS]


@pytest.mark.parametrize("millimetres", [True, False])
def test_only_what_was_measured_has_a_table(millimetres):
    text = Page(summary_html(make_summary(millimetres=millimetres))).text
    assert ("HD95 (mm)" in text) is millimetres
    assert "HD95 (px)" in text


def test_what_is_missing_is_a_dash():
    page = Page(page_of("with gaps"))
    row = table_with(page, "data set", "objects", "point-interior")[1]
    assert [cell == "–" for cell in row[2:]] == [name != "point-centre" for name in PROTOCOLS]
    assert "not complete" in page.text
    row = table_with(Page(page_of("without patients")), "data set", "objects", "point-interior")[1]
    assert all(re.fullmatch(r"\d\.\d{3}", cell) for cell in row[2:])


def test_one_data_set_is_not_summed_up():
    assert "mean of the sets" not in page_of("one set, one protocol")


@pytest.mark.parametrize(
    ("run", "title", "there"),
    [
        ("standard", "Dice against the number of clicks", True),
        ("no clicks", "Dice against the number of clicks", False),
        ("no clicks", "Sensitivity to a wrong box", True),
        ("one set, one protocol", "Sensitivity to a wrong box", False),
    ],
)
def test_charts_of_what_was_asked_only(run, title, there):
    assert (title in page_of(run)) is there


def test_published_numbers_stand_beside_ours():
    page = Page(page_of("standard"))
    table = table_with(page, "data set", "prompt", "published model")
    row = next(row for row in table if row[:3] == ["BUS-BRA", "exact box", "MedSAM"])
    ours = RUNS["standard"].datasets[0].result("box").estimates["dice"].mean
    assert row[4] == "0.921"
    assert row[6].startswith(f"{ours:.3f} [")
    assert "MXHsj/us_multi_anatomy_seg" in page.text
    assert "cannot be compared one to one" in page.text
    assert "Published numbers" not in page_of("one set, one protocol")


def test_only_some_of_what_was_left_out_is_listed():
    many = [{"what": f"image {i:03d}", "reason": "gone"} for i in range(70)]
    text = Page(summary_html(make_summary({"A": ("lesion",)}, skipped=many))).text
    assert "70 data sets, images or annotations" in text
    assert text.count("gone") == 50
    assert "image 049" in text


def test_the_best_of_a_row_is_bold():
    comparison = make_comparison()
    html = comparison_html(comparison)
    first, second = (s.datasets[0].result("box").estimates["dice"].mean for s in comparison.summaries)
    assert f"<b>{max(first, second):.3f}" in html
    assert f"<b>{min(first, second):.3f}" not in html


def test_the_same_run_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_reports(make_summary(examples=[make_example()]), tmp_path / name)
        write_comparison(make_comparison(), tmp_path / name)
    written = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert written == [
        *("comparison.html", "comparison.md", "comparison.tex"),
        *("report.html", "summary.md", "tables.tex"),
    ]
    for name in written:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_a_missing_package_is_named_and_nothing_is_written(package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    for write, what in ((write_reports, RUNS["no clicks"]), (write_comparison, COMPARISONS["two models"])):
        with pytest.raises(MissingExtraError, match=rf"{package}.*ultrasam\[evaluate\]"):
            write(what, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_users_matplotlib_is_left_alone_and_does_not_matter():
    import matplotlib

    with matplotlib.rc_context({"axes.facecolor": "red", "svg.fonttype": "path"}):
        assert summary_html(RUNS["standard"]) == page_of("standard")
        assert matplotlib.rcParams["axes.facecolor"] == "red"


def test_every_protocol_and_metric_is_explained():
    page = Page(page_of("full"))
    for name, title in titles("full").items():
        assert name in page.text
        assert title in page.text
    for metric in METRICS.values():
        assert metric.definition in page.text


def test_datasets_of_the_runs_may_differ():
    one, other = make_comparison(), make_comparison(datasets={"A": ("lesion",)})
    mixed = dataclasses.replace(one, summaries=(one.summaries[0], other.summaries[1]), tests=())
    table = table_with(Page(comparison_html(mixed)), "data set", "common objects")
    assert [row[0] for row in table[1:]] == [*DATASETS, "A"]
    assert table[1][3] == "–"
    assert table[-1][2] == "–"


def test_the_words_of_an_interval_are_not_invented():
    summary = make_summary({"A": ("lesion",)}, {"box": "a box"})
    (overall,) = summary.overall
    overall = dataclasses.replace(overall, macro={"dice": estimate(0.1234, 0.01)})
    page = Page(summary_html(dataclasses.replace(summary, overall=(overall,))))
    assert "0.123 [0.113, 0.133]" in page.text
