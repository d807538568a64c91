"""What API v1, that of Airflow 2, makes of a comparison: it tells less, masks less, and takes less.

It never answers passwords, so that a connection without one in the spec may have one. It answers Variables
in clear, also those that Airflow 3 masks for their names: no report shows them. And it has no address for
some objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.errors import Diagnostic
from envctl.model.change import Action, render_path
from envctl.model.value import HIDDEN, UNSAID, UNSET, Masked
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from envctl.engine.past import Past
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change, FieldDiff
    from envctl.model.plan import Comparison, Unverifiable
    from envctl.model.resource import Desired, Live

NOT_OURS_TO_WRITE = "somebody was at it since, and Airflow 2 does not tell whether a password is set there"


def over_v1(comparison: Comparison, kinds: Sequence[Kind]) -> Comparison:
    """Return a comparison as it is to be told, and carried out, over API v1."""
    by_name = {kind.name: kind for kind in kinds}
    in_sync, unverifiable = list(comparison.in_sync), []
    for one in comparison.unverifiable:
        settled = _without_unsaid(one)
        if settled is None:
            in_sync.append(one.address)
        else:
            unverifiable.append(settled)
    adopted = {change.address for change in comparison.adopted}
    return replace(
        comparison,
        changes=tuple(_told(by_name[change.address.kind], change) for change in comparison.changes),
        adopted=tuple(replace(change, fields=_said(change.fields)) for change in comparison.adopted),
        in_sync=tuple(address for address in in_sync if address not in adopted),
        unverifiable=tuple(unverifiable),
    )


def unsaid_note(
    desired: Mapping[Address, Desired], live: Mapping[Address, Live], past: Past
) -> Iterator[Diagnostic]:
    """Yield a warning when objects that envctl never wrote may have what the spec wants to be unset."""
    count = sum(
        1
        for address, wanted in desired.items()
        if address in live
        and address not in past.entries
        and any(
            live[address].fields.get(name) == UNSAID and value in (UNSET, "")
            for name, value in wanted.fields.items()
        )
    )
    if count:
        what = "1 object" if count == 1 else f"{count} objects"
        yield Diagnostic(
            f"Airflow 2 cannot tell whether a password is set: {what} that envctl has not written yet,"
            f" and that {'has' if count == 1 else 'have'} none in the spec, may have one",
            None,
            "if there must be none, delete them in Airflow and apply again",
            "warning",
        )


def _without_unsaid(one: Unverifiable) -> Unverifiable | None:
    """Return what remains open of an object, None when that is nothing.

    What the ledger knows to be unset is taken to be so still, unless the event log tells of somebody who was
    at the object, or does not tell: and even then there is nothing that envctl could write.
    """
    fields = _said(one.fields)
    if one.rewrite is None:
        return replace(one, fields=fields) if fields else None
    if len(fields) < len(one.fields):
        # The ledger knows that nobody could tell.
        return one
    written = _said(one.rewrite.fields)
    if written:
        return replace(one, fields=fields, rewrite=replace(one.rewrite, fields=written))
    rewrite = replace(one.rewrite, blocked=NOT_OURS_TO_WRITE)
    return replace(one, fields=(), rewrite=rewrite, unwritable=True)


def _said(fields: Iterable[FieldDiff]) -> tuple[FieldDiff, ...]:
    """Return leaves without those of which neither the spec nor Airflow says that there is anything."""
    return tuple(leaf for leaf in fields if not _is_unsaid(leaf))


def _is_unsaid(leaf: FieldDiff) -> bool:
    # What the ledger knows, and the spec no longer has, is different.
    wants_nothing = leaf.desired is UNSET or leaf.desired == ""
    return leaf.live == UNSAID and wants_nothing and leaf.verdict is Verdict.UNVERIFIABLE


def _told(kind: Kind, change: Change) -> Change:
    """Return a change without live values that a name tells to be secret, blocked where v1 cannot make it."""
    told = replace(
        change,
        fields=tuple(_veiled(kind, change, leaf) for leaf in _said(change.fields)),
        as_applied=_said(change.as_applied),
    )
    return told if told.blocked else replace(told, blocked=_obstacle(kind, told))


def _veiled(kind: Kind, change: Change, leaf: FieldDiff) -> FieldDiff:
    shown = leaf.live is not UNSET and leaf.live is not None and not isinstance(leaf.live, Masked)
    if shown and not kind.endpoint.old.masks and kind.hides(change.address.id, render_path(leaf.path)):
        return replace(leaf, live=HIDDEN)
    return leaf


def _obstacle(kind: Kind, change: Change) -> str | None:
    """Say why Airflow 2 could not carry out a change, None when it can."""
    old = kind.endpoint.old
    if change.desired is not None and (why := old.refuses(change.desired.fields)):
        return why
    if old.adds_only and change.action is Action.UPDATE and any(map(_takes_away, change.fields)):
        return (
            f"Airflow 2's API only adds to a {kind.name}: delete it in Airflow and apply again,"
            " or take away there what is too much"
        )
    written_over = old.overwrites and change.action is not Action.DELETE
    masked = change.desired is not None and kind.needs_mask(change.desired)
    if old.reaches(change.address.id) or (written_over and not (masked and change.live)):
        return None
    return f"Airflow 2's API has no address for {change.address}, because of its name: see to it in Airflow"


def _takes_away(leaf: FieldDiff) -> bool:
    """Tell whether a list has items live that the spec does not want."""
    wanted = leaf.desired if isinstance(leaf.desired, list) else []
    return isinstance(leaf.live, list) and any(item not in wanted for item in leaf.live)
