"""A notebook of somebody else's in a real JupyterLab, without a network: the package, tables and a chart."""

from __future__ import annotations

import nbformat
from playwright.sync_api import expect

import lambdaplan

CODE = """
import lambdaplan
from lambdaplan.resources import data_dir
found = lambdaplan.compare(lambdaplan.Scenario.load(data_dir() / "scenarios" / "node_api.json"))
"""


def test_a_comparison_and_its_chart_show_with_the_network_cut_off(lab, open_notebook):
    cells = [
        nbformat.v4.new_code_cell(text) for text in (CODE, "lambdaplan.__version__", "found", "lambdaplan.chart(found)")
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.root / "notebooks" / "theirs.ipynb")
    page = open_notebook("theirs.ipynb")
    expect(page.locator(".jp-OutputArea-output").first).to_have_text(repr(lambdaplan.__version__), timeout=60_000)
    tables = page.locator(".jp-OutputArea-output table")
    expect(tables.first).to_contain_text("EC2 t3.small", timeout=60_000)
    expect(tables.first).to_contain_text("cheapest")
    picture = page.locator(".jp-OutputArea-output img")
    expect(picture).to_be_visible(timeout=60_000)
    assert "cheapest" in picture.get_attribute("alt")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("e => e.complete && e.naturalWidth > 500")
