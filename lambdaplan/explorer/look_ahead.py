"""Look-ahead: charts at the stops next to the slider in hand, computed while the reader looks.

Each is worked out as every answer is. They go to the page one by one, the nearest first, and the kernel
answers whatever else is asked of it between two of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from lambdaplan.errors import LambdaplanError
from lambdaplan.explorer.one_at_a_time import one_at_a_time

REACH = 80  # how many stops on either side
PAUSE_S = 0.002  # between two pictures, for whatever else is asked
SLOWEST_S = 0.3  # where a picture takes longer no more are made: the kernel would not answer meanwhile


class Ahead:
    """Works out pictures ahead.

    Parameters:
    made : function - gives the picture of a slider's stop; raises LambdaplanError where there is none.
    send : function - is given a picture with its run, its slider and its stop.

    Attributes: `run` counts the scenarios around which pictures were made; those of an earlier run no longer hold.
    """

    def __init__(
        self, made: Callable[[str, int], dict[str, Any]], send: Callable[[dict[str, Any], int, str, int], None]
    ) -> None:
        self._made, self._send = made, send
        self.run = 0
        self.slider = ""  # the one in hand
        self._line: Any = None
        self._stop, self._stops = 0, 0
        self._done: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def around(self, slider: str, line: Any, stop: int, stops: int) -> None:
        """Work out the stops around one of a slider's.

        Parameters:
        slider : str - the slider in hand; empty for none.
        line : object - the scenario without what the slider sets: pictures hold as long as it is the same.
        stop, stops : int - where the slider is, and how many stops it has.
        """
        if (slider, line) != (self.slider, self._line):
            self.slider, self._line, self._stops = slider, line, stops
            self.run += 1
            self._done = set()
        self._stop = stop
        self._go_on()

    def forget(self) -> None:
        """Take back all pictures: they no longer hold."""
        self._line, self._done = None, set()
        self.run += 1

    def moved(self, slider: str, stop: int) -> None:
        """Work out first what is near another stop of the slider in hand."""
        if slider == self.slider:
            self._stop = stop
            self._go_on()

    def _go_on(self) -> None:
        if self.slider and (self._task is None or self._task.done()):
            try:
                self._task = asyncio.get_running_loop().create_task(self._work())
            except RuntimeError:  # no kernel, so nobody looks
                self._task = None

    def _next(self) -> int | None:
        """The nearest stop that is still to be worked out."""
        near = range(max(self._stop - REACH, 0), min(self._stop + REACH + 1, self._stops))
        return min((n for n in near if n not in self._done), key=lambda n: abs(n - self._stop), default=None)

    async def _work(self) -> None:
        clock = asyncio.get_running_loop().time
        more = True
        while more:
            more = self._worked_out_one(clock)
            await asyncio.sleep(PAUSE_S)

    @one_at_a_time
    def _worked_out_one(self, clock: Callable[[], float]) -> bool:
        """Work out the nearest stop that is left. False where nothing is, and the task ends."""
        stop = self._next() if self.slider else None
        if stop is None:
            self._task = None  # what is asked for from now on needs another one
            return False
        run, slider, started = self.run, self.slider, clock()
        self._done.add(stop)
        try:
            picture = self._made(slider, stop)
        except LambdaplanError:  # it is said beside the box when the slider comes to rest there
            picture = None
        if picture is not None:
            self._send(picture, run, slider, stop)
        if clock() - started > SLOWEST_S:
            self._stops = 0  # for this scenario
        return True
