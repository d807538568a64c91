"""Work done side by side, by threads that nobody has to wait for.

The threads of `concurrent.futures` are waited for when the process ends, even after Ctrl-C: a server
that hangs would keep `envctl diff` alive until the last time-out.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


ENVIRONMENTS_AT_ONCE = 32
"""How many are worked on at a time: they wait for their servers, most of all."""


def side_by_side(
    work: Callable[[Item], Result], environments: Iterable[Item], name: str = "environment"
) -> list[Result]:
    """Return the results for environments, in their order; some of them are worked on at a time.

    Raises the first error in that order. `name` is what the threads are called.
    """
    crew = Crew(ENVIRONMENTS_AT_ONCE, name)
    try:
        return crew.map(work, environments)
    finally:
        crew.dismiss()


def aside(work: Callable[[Item], Result], item: Item) -> Future[Result]:
    """Have one thing done meanwhile, by a thread of its own."""
    crew = Crew(1, "aside")
    try:
        return crew.begin(work, item)
    finally:
        crew.dismiss()


class Crew:
    """At most `size` threads. They may be cut off in the middle of what they do: a write is in doubt then."""

    def __init__(self, size: int, name: str) -> None:
        self.size, self._name = size, name
        self._lock = threading.Lock()
        self._hired = 0
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return the results in the order of the items. Raises the first error in that order."""
        with self.asking():
            futures = [self.begin(work, item) for item in items]
            try:
                return [future.result() for future in futures]
            finally:
                for future in futures:
                    future.cancel()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Have jobs done that belong together: a crew may learn from how quickly one follows another."""
        yield

    def resize(self, size: int) -> None:
        """Have as many threads from now on; where that is fewer, some end after what they are doing."""
        with self._lock:
            self.size = size
            for _ in range(min(size - self._hired, self._jobs.qsize())):
                self._hire()

    def dismiss(self) -> None:
        """Let the threads end, each after what it is doing."""
        with self._lock:
            for _ in range(self._hired):
                self._jobs.put(None)

    def begin(self, work: Callable[[Item], Result], item: Item) -> Future[Result]:
        """Have one thing done by the next thread that is free."""
        future: Future[Result] = Future()
        self._jobs.put((future, lambda: work(item)))
        with self._lock:
            if self._hired < self.size:
                self._hire()
        return future

    def _hire(self) -> None:
        self._hired += 1
        threading.Thread(target=self._run, name=f"{self._name}-{self._hired}", daemon=True).start()

    def _is_one_too_many(self) -> bool:
        with self._lock:
            leaves = self._hired > self.size
            self._hired -= leaves
            return leaves

    def _run(self) -> None:
        while not self._is_one_too_many() and (job := self._jobs.get()) is not None:
            future, work = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
                future.set_exception(error)
