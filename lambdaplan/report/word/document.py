"""A comparison as a Word document: answer, charts, bills, fleets, assumptions and sources, as in the report."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt

from lambdaplan.charts.rendering import raster
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.currency import in_its_currency
from lambdaplan.html_table import NUMBER, column_kinds
from lambdaplan.report import assumptions_section, brief, sections
from lambdaplan.report.blocks import Part, heading
from lambdaplan.report.figures import PageFigure

WIDTH = Inches(6.3)  # of text and pictures on a page with margins of an inch
CELL = Pt(8)  # letters of tables
LEFT_ALONE = ("script", "style", "svg")
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # of every part of the file, so that the same report has the same bytes


@in_its_currency
def word_document(comparison: Comparison, figures: Mapping[str, PageFigure]) -> bytes:
    """Write the report of a comparison as a Word document (.docx).

    Parameters:
    comparison : Comparison - what it is about.
    figures : mapping - charts by name, in the order in which they are shown; the first stands beside the answer.
    """
    document = docx.Document()
    _set_page(document, comparison.scenario.name)
    document.add_heading(comparison.scenario.name, level=0)
    drawn = list(figures.values())
    _write(document, (brief.subject(comparison), brief.answer_part(comparison), sections.glance(comparison)))
    _draw(document, drawn[:1])
    _write(document, (heading("Where the answer changes"), sections.crossovers(comparison), brief.changes(comparison)))
    _draw(document, drawn[1:])
    from_files = assumptions_section.provenance(comparison)
    _write(
        document,
        (
            heading("What it adds up to"),
            sections.bills(comparison),
            heading("What capacity that is"),
            sections.fleets(comparison),
            heading("What limits it meets"),
            sections.limits(comparison),
            heading("What is counted, and what is not"),
            assumptions_section.counted(comparison),
            heading("What was assumed"),
            assumptions_section.assumptions(comparison),
            *([from_files] if from_files is not None else []),
            heading("Prices and sources"),
            assumptions_section.sources(comparison),
        ),
    )
    return _same_bytes(document)


def _set_page(document: Any, title: str) -> None:
    """Margins, letters and what the file says of itself; no clock and no name of a person."""
    for section in document.sections:
        section.left_margin = section.right_margin = Inches(1)
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10)
    said = document.core_properties
    said.title, said.author, said.comments = title, "lambdaplan", ""


def _write(document: Any, parts: Iterable[Part]) -> None:
    for part in parts:
        _Writer(document).feed(str(part.html))


def _draw(document: Any, figures: Iterable[PageFigure]) -> None:
    for figure in figures:
        picture = document.add_picture(io.BytesIO(raster(figure.svg)), width=int(WIDTH * min(1.0, figure.share)))
        about = picture._inline.docPr  # noqa: SLF001  # python-docx has no public name for alternative text
        about.set("descr", figure.said)
        about.set("title", figure.title)
        document.add_paragraph(figure.caption, style="Caption")


class _Writer(HTMLParser):
    """Paragraphs, lists, headings and tables of a part's HTML, written into a document."""

    def __init__(self, document: Any) -> None:
        super().__init__(convert_charrefs=True)
        self._document = document
        self._skipped = 0
        self._paragraph: Any = None
        self._style: str | None = None
        self._bold = False
        self._rows: list[list[str]] | None = None
        self._caption: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LEFT_ALONE:
            self._skipped += 1
        elif tag == "table":
            self._rows, self._caption = [], []
        elif self._rows is not None:
            if tag == "tr":
                self._rows.append([])
            elif tag in ("th", "td"):
                self._rows[-1].append("")
        elif tag in ("h2", "h3", "h4"):
            self._paragraph = self._document.add_heading("", level=int(tag[1]) - 1)
        elif tag in ("p", "li", "summary", "pre", "figcaption"):
            style = "List Bullet" if tag == "li" else None
            self._paragraph = self._document.add_paragraph("", style=style)
            self._bold = ("class", "lp-answer") in attrs or tag == "summary"
        elif tag in ("strong", "b"):
            self._bold = True

    def handle_endtag(self, tag: str) -> None:
        if tag in LEFT_ALONE:
            self._skipped -= 1
        elif tag == "table" and self._rows is not None:
            _add_table(self._document, self._rows, " ".join(self._caption or ()))
            self._rows = self._caption = None
        elif tag in ("h2", "h3", "h4", "p", "li", "summary", "pre", "figcaption") and self._rows is None:
            self._paragraph, self._bold = None, False
        elif tag in ("strong", "b"):
            self._bold = False

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        if self._rows is not None:
            if self._rows and self._rows[-1]:
                self._rows[-1][-1] += data
            elif data.strip() and self._caption is not None:
                self._caption.append(data.strip())
        elif self._paragraph is not None:
            self._paragraph.add_run(data).bold = self._bold or None


def _add_table(document: Any, rows: list[list[str]], caption: str) -> None:
    """A table with its caption, its first row repeated on every page, numbers to the right."""
    rows = [row for row in rows if row]
    if not rows:
        return
    if caption:
        document.add_paragraph(caption, style="Caption").paragraph_format.keep_with_next = True
    columns, cells = rows[0], rows[1:]
    right = [kind == NUMBER for kind in column_kinds(columns, cells)] if cells else [False] * len(columns)
    table = document.add_table(rows=0, cols=len(columns), style="Light Grid Accent 1")
    for row in rows:
        added = table.add_row()
        for cell, words, is_number in zip(added.cells, row, right, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(words)
            run.font.size = CELL
            run.bold = row is columns
            if is_number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        properties = added._tr.get_or_add_trPr()  # noqa: SLF001  # no public name for a row that is repeated
        properties.append(OxmlElement("w:cantSplit"))
        if row is columns:
            repeated = OxmlElement("w:tblHeader")
            repeated.set(qn("w:val"), "true")
            properties.append(repeated)
    document.add_paragraph("")


def _same_bytes(document: Any) -> bytes:
    """The file of a document, without the time at which it was made."""
    made, kept = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, FIRST_MOMENT), source.read(name), zipfile.ZIP_DEFLATED)
    return kept.getvalue()
