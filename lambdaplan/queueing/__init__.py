"""Queueing: Erlang's formulas, waiting times, and fleets that keep an answer time."""
