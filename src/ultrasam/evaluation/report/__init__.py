"""Reports of runs and of their comparison: HTML to be read, Markdown for a README, LaTeX for a paper."""

from ultrasam.evaluation.report.html import comparison_html, summary_html
from ultrasam.evaluation.report.latex import comparison_latex, summary_latex
from ultrasam.evaluation.report.markdown import comparison_markdown, summary_markdown
from ultrasam.evaluation.report.writing import write_comparison, write_reports

__all__ = [
    "comparison_html",
    "comparison_latex",
    "comparison_markdown",
    "summary_html",
    "summary_latex",
    "summary_markdown",
    "write_comparison",
    "write_reports",
]
