"""What a refusal must be: one line with the words that are wanted."""

from __future__ import annotations

from typing import Any

import pytest

from lambdaplan.errors import InputError


def refused(call: Any, *words: str) -> None:
    """The call raises one line that holds all of the words."""
    with pytest.raises(InputError) as caught:
        call()
    assert len(caught.value.problems) == 1, caught.value.problems
    for word in words:
        assert word in caught.value.problems[0].line
