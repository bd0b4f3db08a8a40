"""Cold starts: their share, duration and cost, by closed forms, simulation and replayed traces."""

from lambdaplan.coldstart.initialisation import Init, first_run_ms, init_ms, support_warning
from lambdaplan.coldstart.simulation import KeepAlive, Simulation, measured_keep_alive, simulate
from lambdaplan.coldstart.steady_rate import ColdStarts, cold_start_fraction
from lambdaplan.coldstart.week import WeekOfColdStarts, cold_start_week, deployment_cold_starts, spilled_week

__all__ = [
    "ColdStarts",
    "Init",
    "KeepAlive",
    "Simulation",
    "WeekOfColdStarts",
    "cold_start_fraction",
    "cold_start_week",
    "deployment_cold_starts",
    "first_run_ms",
    "init_ms",
    "measured_keep_alive",
    "simulate",
    "spilled_week",
    "support_warning",
]
