"""How many units carry a load: what one unit carries, the fleet that holds the week, and its limits."""

from lambdaplan.queueing.fleet_queue import Queue, erlang_b, erlang_c, queue

__all__ = ["Queue", "erlang_b", "erlang_c", "queue"]
