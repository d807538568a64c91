"""Instances opened and read while the secrets and entries of their specs are still being resolved.

What is asked for is nothing but what the comparison asks for anyway. An environment whose objects are kept
outside of Airflow's database, or whose login runs a program, is not scouted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from envctl.airflow.instance import AirflowInstance
from envctl.airflow.settings import CommandLogin
from envctl.crew import ENVIRONMENTS_AT_ONCE, Crew
from envctl.kinds import KINDS
from envctl.stages.connecting import reach_first

if TYPE_CHECKING:
    from concurrent.futures import Future

    from envctl.airflow.settings import InstanceSettings
    from envctl.kinds.kind import Kind
    from envctl.model.resource import Reading
    from envctl.request import Request
    from envctl.spec.tree import Tree
    from envctl.stages.loading import Draft


class Sighting(NamedTuple):
    """An open instance, and what it holds of some kinds."""

    instance: AirflowInstance
    kinds: tuple[Kind, ...]
    reading: Reading


class Scouts:
    """The instances that are being read, by the name of their environment."""

    def __init__(self, tree: Tree, request: Request) -> None:
        self._tree, self._settings = tree, request.settings
        self._crew = Crew(ENVIRONMENTS_AT_ONCE, "scout")
        self._sent: dict[str, Future[Sighting]] = {}

    def send(self, drawn: Draft) -> None:
        """Begin to read the instance of an environment, where its files say how to reach it.

        Only what its login needs is looked up for that. What is wrong there is said by whoever resolves
        the rest.
        """
        spec = drawn.spec
        if spec.file.secrets_backend is not None:
            return
        settings = reach_first(self._tree, spec, drawn.sources, self._settings)
        # A login program would be left to itself when the command ends before it does.
        if settings is not None and not isinstance(settings.login, CommandLogin):
            kinds = tuple(spec.in_play(KINDS))
            self._sent[spec.name] = self._crew.begin(lambda one: _seen(*one), (settings, kinds))

    def back(self, name: str) -> Sighting | None:
        """Wait for what was seen of an instance, None where nobody was sent. Raises InstanceErrors."""
        sent = self._sent.pop(name, None)
        return sent.result() if sent else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the threads end, and those of the instances that nobody asked about."""
        self._crew.dismiss()
        for sent in self._sent.values():
            sent.add_done_callback(_close)


def _close(sent: Future[Sighting]) -> None:
    if sent.exception() is None:
        sent.result().instance.close()


def _seen(settings: InstanceSettings, kinds: tuple[Kind, ...]) -> Sighting:
    instance = AirflowInstance(settings)
    try:
        return Sighting(instance, kinds, instance.read(kinds))
    except BaseException:
        instance.close()
        raise
