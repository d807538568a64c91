"""How many requests to read are under way at once: as many as the server makes good use of.

An API server with one worker answers two requests at a time quicker than eight: those get in each other's way
(5,000 variables from Airflow 3.3.2: 2.9 s with two, 3.9 s with eight). One that is far away, or has several
workers, can be given more. So reading begins with few, more of them where an answer takes long to come, and
goes on with twice as many for as long as that makes the answers come in faster.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from envctl.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")

_FEWEST = 2
_FURTHER = 0.02
"""Seconds of round trip for each of which reading begins with one request more."""
_GAIN = 0.2
"""By what part faster answers have to come in with twice as many requests; by less after a smaller step."""


class PacedCrew(Crew):
    """A crew of `most` threads at the highest that begins with fewer."""

    def __init__(
        self, most: int, name: str, round_trip: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`round_trip` is how long a request and its answer are on the way, in seconds."""
        super().__init__(min(most, _FEWEST + int(round_trip / _FURTHER)), name)
        self.most, self._clock = most, clock
        self._counting = threading.Lock()
        self._askers = 0
        self._done = 0
        self._since = 0.0
        self._rate = 0.0
        self._before = self.size
        """How many there were when `_rate` was measured."""
        self._settled = self.size == most

    @contextmanager
    def asking(self) -> Iterator[None]:
        """See `Crew.asking`."""
        with self._counting:
            if not self._askers:
                self._done, self._since = 0, 0.0  # the time that nobody asked for anything is no answer's
            self._askers += 1
        try:
            yield
        finally:
            with self._counting:
                self._askers -= 1

    def begin(self, work: Callable[[Item], Result], item: Item) -> Future[Result]:
        """See `Crew.begin`; each job done counts for the pace."""

        def counted(item: Item) -> Result:
            result = work(item)
            self._count()
            return result

        return super().begin(counted, item)

    def _count(self) -> None:
        """Take note of an answer; after two rounds of them compare how fast they came with before."""
        with self._counting:
            if self._settled:
                return
            now = self._clock()
            if not self._since:
                self._since = now
                return
            self._done += 1
            if self._done < 2 * self.size:
                return
            rate = self._done / max(now - self._since, 1e-9)
            faster = rate > self._rate * (1 + _GAIN * (self.size / self._before - 1))
            self._settled = not faster or self.size == self.most
            before, self._before = self._before, self.size
            self.resize(min(self.size * 2, self.most) if faster else before)
            self._rate, self._done, self._since = rate, 0, 0.0
