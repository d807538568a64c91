"""What is on this side: the spec, its secrets, and what the environment's file says of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import SpecError, UsageError
from envctl.kinds import KINDS
from envctl.model.checkup import fine, problem, skipped
from envctl.model.lookup import Lookup
from envctl.stages.checking import checked
from envctl.stages.fetching import Excuses
from envctl.stages.loading import Draft, Loaded, draft, load, reader_for
from envctl.stages.resolving import fingerprint_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.airflow.settings import InstanceSettings
    from envctl.errors import Diagnostic
    from envctl.model.checkup import Check
    from envctl.model.secret import Secret
    from envctl.settings import Settings
    from envctl.spec.tree import Tree


def spec_check(tree: Tree, name: str, settings: Settings) -> Check:
    """Tell whether the whole spec can be read; its secrets are another matter."""
    loaded = load(tree, reader_for(tree, KINDS, settings), name, KINDS, settings=settings, lookup=Lookup.NONE)
    if not isinstance(loaded, Loaded):
        return _mistakes("spec", loaded, f"envctl validate {name} shows all of them")
    count = len(loaded.desired)
    layers = len(loaded.spec.folders)
    folders = "1 folder" if layers == 1 else f"{layers} folders"
    return fine("spec", f"{count} object{'' if count == 1 else 's'} from {folders}, owner {loaded.owner}")


def drawn(tree: Tree, name: str, settings: Settings) -> Draft | tuple[Diagnostic, ...]:
    """Return an environment as its files have it, or the mistakes that leave nothing to go by."""
    return draft(tree, reader_for(tree, KINDS, settings), name, settings=settings, lookup=Lookup.ALL)


def own_keys(read: Draft) -> tuple[Secret, ...]:
    """Return the key of the environment's own fingerprints, nothing where it has none."""
    read.fetch(())
    own = fingerprint_key(read.spec, read.sources, [], Excuses())
    return (own,) if own else ()


def secrets_check(tree: Tree, name: str, settings: Settings) -> Check:
    """Tell whether every reference can be looked up; `envctl secrets check` has them one by one."""
    read = drawn(tree, name, settings)
    if not isinstance(read, Draft):
        return skipped("secrets", "the environment's file cannot be read")
    found = checked(read, KINDS)
    missing = [one for one in found if one.problem]
    if not missing:
        return fine(
            "secrets", f"{_references(len(found))}, all can be looked up" if found else "no references"
        )
    first, count = missing[0], f"{len(missing)} of {_references(len(found))}"
    advice = f"envctl secrets check {name} shows all of them"
    return problem(
        "secrets",
        f"{count} cannot be looked up; {first.reference}: {first.problem}",
        f"{first.hint}; {advice}" if first.hint else advice,
    )


def address_check(settings: InstanceSettings) -> Check:
    """Tell where the instance is, and how envctl logs in there."""
    login = settings.login
    name = getattr(login, "username", None)
    user = f" as {name}" if name else ""
    return fine("address", f"{settings.url}, login by method {login.method}{user}")


def address_trouble(error: SpecError | UsageError) -> Check:
    """Tell why it is not known how to reach the instance."""
    diagnostics = error.diagnostics if isinstance(error, SpecError) else ()
    if not diagnostics:
        return problem("address", error.message, error.hint)
    return _mistakes(
        "address", diagnostics, "mend airflow: in its environment.yaml, or set what it refers to"
    )


def _mistakes(name: str, found: Sequence[Diagnostic], advice: str) -> Check:
    errors = [one for one in found if one.is_error]
    more = f", and {len(errors) - 1} more" if errors[1:] else ""
    return problem(name, f"{errors[0]}{more}", errors[0].hint if errors[0].hint and not more else advice)


def _references(count: int) -> str:
    return f"{count} reference{'' if count == 1 else 's'}"
