"""A published example of cold starts, and plain arguments."""

from __future__ import annotations

# The example of N. Mahmoudi and H. Khazaei, "SimFaaS: A Performance Simulator for Serverless Computing Platforms", 2021,
# and the figures that a long simulation of it gives.
EXAMPLE = {"rps": 0.9, "service_s": 1.991, "cold_service_s": 2.244, "keep_alive_s": 600}
EXAMPLE_COLD, EXAMPLE_ALIVE, EXAMPLE_BUSY = 0.001331, 7.697, 1.7922
STEADY = {"rps": 1, "service_s": 1, "keep_alive_s": 300}
