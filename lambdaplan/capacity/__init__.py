"""Capacity: what one unit carries, the fleet for a week of traffic, and limits."""

from lambdaplan.queueing.erlang import erlang_b, erlang_c
from lambdaplan.queueing.queue import Queue, queue

__all__ = ["Queue", "erlang_b", "erlang_c", "queue"]
