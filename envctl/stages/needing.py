"""Whether every secret is known that a plan needs: none is carried out by halves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import SecretsMissing
from envctl.model.secret import Secret, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envctl.model.plan import Plan
    from envctl.model.resource import Desired
    from envctl.model.saved import SavedPlan
    from envctl.model.value import Value
    from envctl.stages.loading import Loaded

_NAMED = 5


def check_planned(loaded: Loaded, saved: SavedPlan | None) -> None:
    """Raise SecretsMissing when a saved plan needs a secret that is not known, in its own version."""
    if saved is not None:
        wanted = (loaded.desired.get(change.address) for change in saved.plan.changes if not change.blocked)
        _check(loaded, [one for one in wanted if one is not None])


def check_secrets(loaded: Loaded, plan: Plan) -> None:
    """Raise SecretsMissing, with each reference and its place, when a change needs one that is not known."""
    _check(loaded, [one.desired for one in plan.changes if one.desired is not None and not one.blocked])


def _check(loaded: Loaded, wanted: Iterable[Desired]) -> None:
    """Check what is to be written.

    The key of fingerprints is needed as well: weaker ones must not take the place of those made with it.
    """
    lacking = {one.address: names for one in wanted if (names := set(_unknown(one.fields.values())))}
    needed = {name for names in lacking.values() for name in names}
    if loaded.fingerprint_key is not None:
        needed.update(_unknown([loaded.fingerprint_key]))
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
