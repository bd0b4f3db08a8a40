"""Workload: requests, their work and memory, and their traffic over a week."""
