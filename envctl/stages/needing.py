"""Whether every secret is known that a plan needs: none is carried out by halves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import SecretsMissing
from envctl.model.secret import Secret, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.model.plan import Plan
    from envctl.model.resource import Desired
    from envctl.model.value import Value
    from envctl.request import Request
    from envctl.stages.loading import Loaded

_NAMED = 5


def check_planned(loaded: Loaded, request: Request) -> None:
    """Raise SecretsMissing when a saved plan needs a secret that is not known, in its own version."""
    if saved := request.saved:
        wanted = (loaded.desired.get(change.address) for change in saved.plan.changes if not change.blocked)
        _check(loaded, [one for one in wanted if one is not None])


def check_secrets(loaded: Loaded, plan: Plan, request: Request) -> None:
    """Raise SecretsMissing, with each reference and its place, when a change needs one that is not known.

    Where fingerprints are to be made, so is their key needed: weaker ones must not take its place.
    """
    wanted = [one.desired for one in plan.changes if one.desired is not None and not one.blocked]
    makes_marks = bool(plan.changes or plan.comparison.adopted) and request.settings.fingerprint_key is None
    _check(loaded, wanted, [loaded.fingerprint_key] if makes_marks and loaded.fingerprint_key else [])


def _check(loaded: Loaded, wanted: Iterable[Desired], keys: Sequence[Secret] = ()) -> None:
    lacking = {one.address: names for one in wanted if (names := set(_unknown(one.fields.values())))}
    needed = {name for names in lacking.values() for name in names}
    needed.update(_unknown(keys))
    if not needed:
        return
    named = [str(address) for address in lacking]
    what = "the key of fingerprints cannot be looked up"
    if named:
        shown = ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if named[_NAMED:] else "")
        what = f"secrets cannot be looked up that {shown} {'needs' if len(named) == 1 else 'need'}"
    raise SecretsMissing(f"{what}: nothing was written", loaded.excuses.errors(needed))


def _unknown(values: Iterable[Value]) -> Iterator[str]:
    """Yield the references of secrets that are not known."""
    for value in values:
        for secret in secrets_in(value):
            yield from (
                part.label for part in secret.parts if isinstance(part, Secret) and not part.available
            )
