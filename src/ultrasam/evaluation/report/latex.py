"""Reports as LaTeX tables for a paper; they need the package booktabs."""

from __future__ import annotations

from ultrasam.evaluation.comparison import Comparison
from ultrasam.evaluation.metrics.scores import METRICS
from ultrasam.evaluation.report.comparison_tables import MARK, SIGNIFICANT, models_grid, protocols_of
from ultrasam.evaluation.report.grid import Cell, Grid
from ultrasam.evaluation.report.summary_tables import metric_grid
from ultrasam.evaluation.report.wording import short_hash
from ultrasam.evaluation.summary import Summary

#: Columns of numbers that fit across a page.
_ACROSS = 4
_INTERVAL = "Mean over objects, in brackets the 95 % interval by bootstrap over patients (images where none is known)."
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "$": r"\$",
    "#": r"\#",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "–": "--",
    "−": r"\ensuremath{-}",
    "×": r"\ensuremath{\times}",
    "†": r"\textdagger{}",
    "…": r"\ldots{}",
    "≥": r"\ensuremath{\geq}",
    "≤": r"\ensuremath{\leq}",
    "²": r"\textsuperscript{2}",
    "\n": " ",
}


def summary_latex(summary: Summary) -> str:
    """A run's Dice and, where it was measured, HD95: data sets down, protocols across."""
    settings = summary.settings
    about = (
        f"{settings.model.title} (weights {short_hash(settings.model.sha256)}), split {settings.split}, "
        f"seed {settings.seed}. {_INTERVAL} Protocols: "
    )
    tables = [_HEAD]
    for name in ("dice", "hd95_px"):
        if name not in METRICS:
            continue
        grid = metric_grid(summary, METRICS[name])
        for number, block in enumerate(grid.blocks(2, _ACROSS), 1):
            protocols = "; ".join(f"{column}, {settings.protocols[column]}" for column in block.columns[2:])
            caption = f"{grid.title} of {about}{protocols}."
            tables.append(latex_table(block, caption, f"tab:{name.replace('_', '-')}-{number}"))
    return "\n".join(tables)


def comparison_latex(comparison: Comparison) -> str:
    """Several runs' Dice: one table per protocol, data sets down, models across."""
    runs = sorted({(summary.settings.split, summary.settings.seed) for summary in comparison.summaries})
    under = "; ".join(f"split {split}, seed {seed}" for split, seed in runs)
    tables = [_HEAD]
    for protocol, title in protocols_of(comparison).items():
        grid = models_grid(comparison, protocol)
        caption = (
            f"{grid.title} under the protocol {protocol} ({title}), {under}. {_INTERVAL} Bold: the best of a row; "
            f"{MARK}: better than each of the others, p < {SIGNIFICANT:g} (paired Wilcoxon over patients, Holm)."
        )
        for number, block in enumerate(grid.blocks(2, _ACROSS), 1):
            label = "".join(sign if sign.isalnum() else "-" for sign in protocol)
            tables.append(latex_table(block, caption, f"tab:{label}-{number}"))
    return "\n".join(tables)


_HEAD = "% Needs \\usepackage{booktabs}.\n"


def latex_table(grid: Grid, caption: str, label: str) -> str:
    """One floating table; a line above the rows that sum up.

    Args:
        grid: the table.
        caption: plain words, escaped here.
        label: for references, safe in LaTeX.
    """
    body: list[str] = []
    for number, row in enumerate(grid.rows):
        if row.total and number and not grid.rows[number - 1].total:
            body.append(r"\midrule")
        body.append(_line([_cell(cell) for cell in row.cells]))
    return "\n".join(
        [
            r"\begin{table*}",
            r"\centering",
            r"\small",
            rf"\caption{{{escape(caption)}}}",
            rf"\label{{{label}}}",
            rf"\begin{{tabular}}{{{grid.align}}}",
            r"\toprule",
            _line([escape(column) for column in grid.columns]),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table*}",
            "",
        ]
    )


def escape(text: str) -> str:
    """Words that LaTeX sets as they are."""
    return "".join(_ESCAPED.get(sign, sign) for sign in text)


def _line(texts: list[str]) -> str:
    # A star or a bracket at the beginning of a row would be read as the argument of the line break before it.
    guard = "{}" if texts[0].startswith(("[", "*")) else ""
    return guard + " & ".join(texts) + r" \\"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    bold = rf"\textbf{{{text}}}" if cell.best else text
    return rf"{bold} {{\scriptsize {escape(cell.interval)}}}" if cell.interval else bold
