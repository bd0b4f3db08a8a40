"""How long requests wait: Erlang's formulas, queues, and fleets that hold an answer time."""
