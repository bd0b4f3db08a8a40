"""Capacity: what one unit carries, the fleet for a week of traffic, limits, and what a load test tells of a unit."""

from lambdaplan.capacity.scalability import ScalabilityFit, fit_usl, usl_throughput
from lambdaplan.capacity.utilisation_law import CpuFit, fit_cpu
from lambdaplan.queueing.erlang import erlang_b, erlang_c
from lambdaplan.queueing.queue import Queue, queue

__all__ = ["CpuFit", "Queue", "ScalabilityFit", "erlang_b", "erlang_c", "fit_cpu", "fit_usl", "queue", "usl_throughput"]
