"""The report for Word: what it says is what the comparison says, and the same report has the same bytes."""

import io

import docx

import lambdaplan
from lambdaplan.charts.bill import bill_chart
from lambdaplan.comparison.wording import answer
from lambdaplan.formatting import money
from lambdaplan.report.figures import figure_for_page
from lambdaplan.report.word.document import word_document
from lambdaplan.resources import data_dir

NODE = data_dir() / "scenarios" / "node_api.json"


def test_the_word_document_has_the_answer_the_bills_and_the_charts():
    """`make prove` makes it by `export --docx` (tests/end_to_end/test_newcomer.py)."""
    comparison = lambdaplan.compare(lambdaplan.Scenario.load(NODE))
    figure = figure_for_page(comparison, lambda width: bill_chart(comparison, width=width))
    made = word_document(comparison, {"bill": figure})
    document = docx.Document(io.BytesIO(made))
    said = [paragraph.text for paragraph in document.paragraphs]
    assert said[0] == comparison.scenario.name and f"{answer(comparison)}." in said
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    for result in comparison.options:
        assert any(result.label in row and money(result.bill.total_usd) in row for row in cells)
        for line in result.bill.lines:
            assert any(line.item in row and money(line.amount_usd) in row for row in cells), line.item
    (picture,) = document.inline_shapes
    assert picture._inline.docPr.get("descr") == figure.said and figure.caption in said
    assert word_document(comparison, {"bill": figure}) == made


def test_words_of_a_reader_are_words_in_the_document():
    document = lambdaplan.Scenario.load(NODE).document()
    scenario = lambdaplan.Scenario.from_dict({**document, "name": "<w:p>&amp; <script>x</script>"})
    made = docx.Document(io.BytesIO(word_document(lambdaplan.compare(scenario), {})))
    assert made.paragraphs[0].text == scenario.name and made.core_properties.title == scenario.name
    assert any(paragraph.text.startswith(scenario.name) for paragraph in made.paragraphs[1:])
