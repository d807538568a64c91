"""Whether every secret is known that a plan needs: none is carried out by halves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import SecretsMissing
from envctl.model.secret import Secret, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envctl.model.plan import Plan
    from envctl.model.value import Value
    from envctl.stages.loading import Loaded

_NAMED = 5


def check_secrets(loaded: Loaded, plan: Plan) -> None:
    """Raise SecretsMissing, with each reference and its place, when a change needs one that is not known.

    So is the key of fingerprints needed, since weaker ones must not take the place of those made with it.
    """
    lacking = {
        change.address: names
        for change in plan.changes
        if change.desired is not None
        and not change.blocked
        and (names := set(_unknown(change.desired.fields.values())))
    }
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
