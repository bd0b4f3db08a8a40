"""What Erlang's formula says spills over."""

from __future__ import annotations

import math


def erlang(servers: int, load: float) -> float:
    """Erlang's formula B as the sum it is defined by."""
    terms = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(servers + 1)]
    return terms[-1] / sum(terms)
