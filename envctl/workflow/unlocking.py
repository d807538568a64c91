"""The lock of an instance, broken by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.airflow.instance import AirflowInstance
from envctl.errors import SpecError
from envctl.kinds import KINDS
from envctl.ledger.lock import break_lock
from envctl.spec.tree import choose, open_tree
from envctl.stages.connecting import instance_settings
from envctl.stages.loading import reader_for
from envctl.stages.opening import locks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.model.lock import LockRecord
    from envctl.request import Request


def unlock(name: str, request: Request, agree: Callable[[LockRecord], None]) -> LockRecord | None:
    """Break the lock of an instance and return who held it, None when nobody did.

    `agree` sees who holds it and raises when it is to stay. Raises Locked when it is somebody else's once
    that is answered, UsageError, SpecError and InstanceErrors.
    """
    tree = open_tree(request.settings.root)
    choose(tree, (name,))
    reader = reader_for(tree, KINDS, request.settings)
    # Only the way to the instance is needed: mistakes elsewhere in the spec do not stand in the way.
    spec = reader.environment(name)
    if spec is None:
        raise SpecError(tuple(reader.found))
    with AirflowInstance(instance_settings(tree, spec, request.settings)) as instance:
        return break_lock(locks_of(instance), agree)
