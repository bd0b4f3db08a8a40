"""Pages of tests lack the script of the charts, which takes a second to make and is the same in every page."""

from __future__ import annotations

import pytest

from lambdaplan.report.organisation import portfolio_page


@pytest.fixture(scope="session", autouse=True)
def without_script():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portfolio_page, "page_script", lambda: "")
        yield
