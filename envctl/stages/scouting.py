"""Instances opened and read while the secrets of their specs are still being looked up.

What is asked for is nothing but what the comparison asks for anyway. An environment whose objects are kept
outside of Airflow's database, or whose login runs a program, is not scouted.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from envctl.airflow.instance import AirflowInstance
from envctl.airflow.settings import CommandLogin
from envctl.crew import ENVIRONMENTS_AT_ONCE, Crew
from envctl.errors import EnvctlError
from envctl.kinds import KINDS
from envctl.model.node import Mapping as Node
from envctl.stages.connecting import reach_first
from envctl.stages.foretelling import Foretold, foretold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.airflow.settings import InstanceSettings
    from envctl.kinds.kind import Kind
    from envctl.model.resource import Reading
    from envctl.request import Request
    from envctl.spec.reader import EnvironmentSpec
    from envctl.spec.tree import Tree
    from envctl.stages.loading import Draft, Loaded


_GRACE = 0.5
"""Seconds that the ledger may come after the rest: to do without it costs further requests."""


class Sighting(NamedTuple):
    """An open instance, what it holds of some kinds, and what its ledger told before that was read."""

    instance: AirflowInstance
    kinds: tuple[Kind, ...]
    reading: Reading
    foretold: Foretold | None = None


class Scouts:
    """The instances that are being read, by the name of their environment."""

    def __init__(self, tree: Tree, request: Request) -> None:
        self._tree, self._settings = tree, request.settings
        self._crew = Crew(ENVIRONMENTS_AT_ONCE, "scout")
        # Apart, since each of these waits for one of those.
        self._askers = Crew(ENVIRONMENTS_AT_ONCE, "ledger")
        self._sent: dict[str, _Sent] = {}

    def send(self, drawn: Draft) -> None:
        """Begin to read the instance of an environment without mistakes.

        Only what its login needs is looked up for that. What is wrong there is said by whoever looks up
        the rest.
        """
        spec = drawn.spec
        if spec.file.secrets_backend is not None:
            return
        settings = reach_first(self._tree, spec, drawn.sources, self._settings)
        # A login program would be left to itself when the command ends before it does.
        if settings is None or isinstance(settings.login, CommandLogin):
            return
        errand = _Errand(settings, tuple(spec.in_play(KINDS)), drawn.owner, _counts(spec))
        reading = self._crew.begin(_Errand.read, errand)
        self._sent[spec.name] = _Sent(errand, reading, self._askers.begin(_Errand.ask, errand))

    def back(self, loaded: Loaded) -> Sighting | None:
        """Wait for what was seen of an environment's instance, None where nobody was sent.

        Once its ledger is known the slow hashes for it begin. Raises InstanceErrors.
        """
        sent = self._sent.pop(loaded.spec.name, None)
        if sent is None:
            return None
        try:
            told = sent.told()
            if told:
                told = told.begun(loaded.desired, loaded.fingerprint_keys(self._settings))
            return sent.reading.result()._replace(foretold=told)
        except BaseException:
            sent.abandon()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the threads end, and those of the instances that nobody asked about."""
        self._crew.dismiss()
        self._askers.dismiss()
        for sent in self._sent.values():
            sent.abandon()


def _counts(spec: EnvironmentSpec) -> dict[str, int]:
    """Return how many entries a spec has of each kind, by its name: about as many as the instance has."""
    sections = ((kind.name, spec.sections.entries.get(kind.section)) for kind in KINDS)
    return {name: len(section.entries) for name, section in sections if isinstance(section, Node)}


class _Sent(NamedTuple):
    """An errand under way."""

    errand: _Errand
    reading: Future[Sighting]
    asking: Future[Foretold | None]

    def told(self) -> Foretold | None:
        """Return what was foretold; None when it does not come before the instance is read, or soon after."""
        either: tuple[Future[Any], ...] = (self.reading, self.asking)
        wait(either, return_when=FIRST_COMPLETED)
        wait((self.asking,), timeout=_GRACE)
        if self.asking.done():
            return self.asking.result()
        self.errand.no_longer_asked.set()
        return None

    def abandon(self) -> None:
        """Let the instance be closed once it is read, and ask it for nothing more."""
        self.errand.no_longer_asked.set()
        self.reading.add_done_callback(_close)


def _close(reading: Future[Sighting]) -> None:
    if reading.exception() is None:
        reading.result().instance.close()


class _Errand:
    """One instance to be opened and read, while another thread asks it for a ledger."""

    def __init__(
        self, settings: InstanceSettings, kinds: tuple[Kind, ...], owner: str, expected: Mapping[str, int]
    ) -> None:
        self._settings, self._kinds, self._owner, self._expected = settings, kinds, owner, expected
        self._opened: Future[AirflowInstance] = Future()
        self.no_longer_asked = Event()
        """Set when nobody waits for the ledger any more: then the event log is spared the question."""

    def read(self) -> Sighting:
        """Open the instance and read it. Raises InstanceErrors."""
        instance = self._open()
        try:
            with instance.connected_ahead(self._kinds, self._expected):
                return Sighting(instance, self._kinds, instance.read(self._kinds, self._expected))
        except BaseException:
            instance.close()
            raise

    def ask(self) -> Foretold | None:
        """Return what the ledger tells, once the instance is open; None when it does not open."""
        try:
            instance = self._opened.result()
        except EnvctlError:
            return None  # as `read` says
        return foretold(instance, self._owner, self.no_longer_asked.is_set)

    def _open(self) -> AirflowInstance:
        try:
            instance = AirflowInstance(self._settings)
        except BaseException as error:
            self._opened.set_exception(error)
            raise
        self._opened.set_result(instance)
        return instance
