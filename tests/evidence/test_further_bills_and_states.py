"""Cost Explorer's CSV as a spreadsheet saves it, and states of Terraform that are too old to be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambdaplan import InputError
from tests.evidence.variants import Variant, check, parametrized, read

HEAD = '"Usage type","Lambda-GB-Second($)","Request($)","Total costs($)"\n"Usage type total","3.00","0.30","3.30"\n'
OF_TYPES = {"paid_usd:Lambda-GB-Second": 3.0, "paid_usd:Request": 0.3, "paid_usd:total": 3.3, "month": "2026-10"}
OF_DAYS = OF_TYPES | {"days": 2, "first": "2026-10-12T00:00:00Z", "last": "2026-10-14T00:00:00Z"}


def rows(first: str, second: str) -> str:
    """Two days or months."""
    return f"{HEAD}{first},1.00,0.10,1.10\n{second},2.00,0.20,2.20\n"


FORMS: list[Variant] = [
    ("US dates", "cost_explorer_csv", rows("10/12/2026", "10/13/2026"), OF_DAYS),
    ("US dates of two digits", "cost_explorer_csv", rows("10/12/26", "10/13/26"), OF_DAYS),
    ("US dates of January", "cost_explorer_csv", rows("1/12/2026", "1/13/2026"), {"days": 2, "month": "2026-01"}),
    ("days first", "cost_explorer_csv", rows("12/10/2026", "13/10/2026"), OF_DAYS),
    ("months", "cost_explorer_csv", rows("10/1/2026", "11/1/2026"), OF_TYPES | {"last": "2026-12-01T00:00:00Z"}),
    ("months, days first", "cost_explorer_csv", rows("01/10/2026", "01/11/2026"), OF_TYPES | {"days": None}),
    ("the date at the end", "cost_explorer_csv",
     "Lambda-GB-Second($),Request($),Total costs($),Usage type\n1.00,0.10,1.10,2026-10-12\n2.00,0.20,2.20,2026-10-13\n", OF_DAYS),
    ("the date after a name", "cost_explorer_csv",
     "Account,Service,Lambda($),Total costs($)\nshop,10/12/2026,1.00,1.10\nshop,10/13/2026,2.00,2.20\n",
     {"paid_usd:Lambda": 3.0, "paid_usd:total": 3.3, "days": 2}),
]  # fmt: skip


@parametrized(FORMS)
def test_a_form_is_read(tmp_path: Path, kind: str, text: str, told: dict[str, object]) -> None:
    check(tmp_path, kind, text, told)


def test_an_old_state_says_what_to_give_instead(tmp_path: Path) -> None:
    function = {"type": "aws_lambda_function", "primary": {"id": "orders", "attributes": {"memory_size": "512"}}}
    module = {"path": ["root"], "outputs": {}, "resources": {"aws_lambda_function.orders": function}}
    state = {"version": 3, "terraform_version": "0.11.14", "serial": 4, "lineage": "a", "modules": [module]}
    with pytest.raises(InputError) as error:
        read(tmp_path, json.dumps(state, indent=4))
    assert "it is a state of Terraform 0.11 or earlier" in str(error.value)
    assert "list-functions" in str(error.value)
