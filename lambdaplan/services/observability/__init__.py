"""Traces; logs, metrics and alarms are in `services/logs.py`."""
