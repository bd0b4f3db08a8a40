"""How many units carry a load: what one unit carries, the fleet that holds the week, and its limits."""

from lambdaplan.queueing.erlang import erlang_b, erlang_c
from lambdaplan.queueing.queue import Queue, queue

__all__ = ["Queue", "erlang_b", "erlang_c", "queue"]
