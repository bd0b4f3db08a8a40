"""How hypothesis runs here: no time limit an example, and ten times as many examples under `make prove`."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tests", deadline=None)
settings.register_profile("prove", deadline=None, max_examples=1000)
settings.load_profile("tests")
