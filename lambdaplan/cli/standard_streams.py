"""Standard streams and interrupts of a command: closed or full streams, readers that go away, Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, Self

from lambdaplan import Ending


class StandardStream:
    """A standard stream that never fails: what can't be written is dropped, and the reason is kept.

    Parameters:
    stream : text stream or None - None where it was closed before Python started.

    `failure` is the first reason why something could not be written. A reader that goes away is none.
    """

    def __init__(self, stream: Any) -> None:
        self.failure: str | None = None
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        if self._stream is None:
            self.failure = self.failure or "it is closed"
            return len(text)
        try:
            self._stream.write(text)
        except (OSError, ValueError) as error:
            self._drop(error)
        return len(text)

    def flush(self) -> None:
        """Write what is held back, or drop it."""
        try:
            if self._stream is not None:
                self._stream.flush()
        except (OSError, ValueError) as error:
            self._drop(error)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream is not None and bool(self._stream.isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _drop(self, error: OSError | ValueError) -> None:
        """Send what is held back, and all that follows, nowhere."""
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or "it can't be written"
        if not (isinstance(error, OSError) and error.errno == errno.EPIPE):
            self.failure = self.failure or reason[:1].lower() + reason[1:]
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


@contextlib.contextmanager
def standard_streams() -> Iterator[StandardStream]:
    """Make standard output and standard error streams that never fail; gives standard output.

    Descriptors that are closed become the null device, so that no file that is opened later takes their place.
    """
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # the lowest that is free
            pass
        os.close(descriptor)
    before = sys.stdout, sys.stderr
    for stream in before:
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    output, messages = StandardStream(sys.stdout), StandardStream(sys.stderr)
    sys.stdout, sys.stderr = output, messages
    try:
        yield output
    finally:
        output.flush()
        messages.flush()
        sys.stdout, sys.stderr = before


class Interrupts:
    """Ctrl-C within a `with`: the first raises KeyboardInterrupt, so that what was begun is cleared away.

    `happened` tells afterwards whether there was one, whatever became of the exception: some libraries turn it into
    another. A second one ends the process at once. Outside the main thread, and where Ctrl-C is ignored or belongs to
    somebody else, nothing changes.
    """

    def __init__(self) -> None:
        self.happened = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if before in (signal.default_int_handler, Ending.interrupted):
                self._before = before
                self._unraisable, sys.unraisablehook = sys.unraisablehook, self._in_a_finalizer
                signal.signal(signal.SIGINT, self._raise)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            sys.unraisablehook = self._unraisable

    @property
    def of_the_command(self) -> bool:
        """Whether it is the command that runs, and not a program that calls `main`."""
        return self._before is Ending.interrupted

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.happened = True
        signal.signal(signal.SIGINT, self._before)
        raise KeyboardInterrupt

    def _in_a_finalizer(self, unraisable: Any) -> None:
        """Python drops what is raised in a finalizer: an interrupt ends the command all the same."""
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            Ending.interrupted()
        self._unraisable(unraisable)
