"""Take the README's picture of the explorer, docs/explorer.png, with Chromium.

Run `.venv/bin/python docs/explorer_picture.py`. A picture of a page differs from machine to machine,
so no test compares it; take it anew where the page has changed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SHOWN = Path(__file__).parent / "explorer.png"
COMMAND = [sys.executable, "-m", "lambdaplan", "lab", "--app", "--no-browser"]
SIZE = {"width": 1280, "height": 800}


def main(path: Path = SHOWN) -> None:
    """Start the explorer as a page, and take a picture of it once its answer stands."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as app:  # noqa: S603 - its own
        try:
            assert app.stdout is not None
            address = next(found[0] for line in app.stdout if (found := re.search(r"http://127\S+", line)))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = browser.new_page(viewport=SIZE, color_scheme="light")
                page.goto(address, timeout=120_000)
                page.locator(".lp-chart svg.marks").first.wait_for(timeout=120_000)
                page.wait_for_function("document.querySelector('.lp-view')?.ariaBusy !== 'true'", timeout=60_000)
                page.wait_for_timeout(2_000)  # until handles of sliders stand where they belong
                page.screenshot(path=path)
                browser.close()
        finally:
            app.terminate()


if __name__ == "__main__":
    main()
