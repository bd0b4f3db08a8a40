"""Process model: runtimes whose server processes usually take one request at a time."""

from __future__ import annotations

from lambdaplan.resources import data_table


def one_request_server(runtime: str) -> str | None:
    """Name the usual server of a runtime where a process of it takes one request at a time; None for others.

    References: `data/one_request_processes.csv`, documentation of the servers, read 2026-11-30.

    Examples:
        >>> one_request_server("python3.13"), one_request_server("nodejs22.x")
        ('Gunicorn', None)
    """
    rows = data_table("one_request_processes.csv")
    return next((row["server"] for row in rows if runtime.startswith(row["language"])), None)
