"""The page of nine break-evens has the figures that its script gives."""

import importlib.util

from places import ROOT


def test_the_page_is_what_its_script_writes():
    path = ROOT / "docs" / "nine_break_evens.py"
    spec = importlib.util.spec_from_file_location("nine_break_evens", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.page() == path.with_suffix(".md").read_text("utf-8")
    assert script.finding() in script.picture().to_dict()["description"]
