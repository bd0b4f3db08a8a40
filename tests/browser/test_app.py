"""The explorer as a page: `lambdaplan lab --app`, with the network cut off."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect
from test_explorer_in_lab import DURATION, sentence, type_into

from conftest import _free_port, _stop

RUN = "import sys; from lambdaplan.cli import main; sys.exit(main(sys.argv[1:]))"
START_SECONDS = 60
FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@pytest.fixture
def app(tmp_path):
    """Port and address of a running app."""
    port, log = _free_port(), tmp_path / "log.txt"
    own = {name: str(tmp_path / name.lower()) for name in FOLDERS}
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-c", RUN, "lab", "--app", "--no-browser", "--port", str(port)],
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + START_SECONDS
        while not (found := re.search(rf"http://127\.0\.0\.1:{port}/\S*token=\w+", log.read_text())):
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the app did not start:\n{log.read_text()[-2000:]}", pytrace=False)
            time.sleep(0.2)
        yield port, found[0]
    finally:
        _stop(server)


def test_the_app_runs_already_follows_and_asks_no_other_host(app, page):
    port, address = app
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    connection.close()
    assert answer.status == 302 and "/login" in answer.getheader("location")  # without the token nobody gets in
    page.goto(address)
    expect(page.locator(".lp-sentence")).to_have_text(sentence({}), timeout=60_000)
    expect(page).to_have_title("lambdaplan: which is cheapest, and where does that change?")
    expect(page.locator("body")).not_to_contain_text("Run All Cells")
    expect(page.locator("body")).not_to_contain_text("from lambdaplan import")
    expect(page.locator(".vega-embed svg.marks")).to_be_visible(timeout=30_000)
    type_into(page, "Duration (ms)", "300")
    expect(page.locator(".lp-sentence")).to_have_text(sentence({DURATION: 300}))
    for width in (640, 960, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
