"""Servers of this machine that run as long as a test needs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: list[str], env: dict[str, str], log: Path, ready: Callable[[str], Any], **more: Any
) -> Iterator[Any]:
    """A server that runs until the end; gives what `ready` makes of its log, once that is something."""
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **more,
        )
    try:
        until = time.monotonic() + START_SECONDS
        while not (found := ready(log.read_text())):
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"{command[1:5]} did not start:\n{log.read_text()[-2000:]}", pytrace=False)
            time.sleep(0.2)
        yield found
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, which ends its kernels too; end the whole group where that takes too long."""
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
