"""What became of a ledger at a person's wish, for the terminal, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.address import Address
    from envctl.model.ledger_state import LedgerState, Release, Repaired

_MOST_NAMED = 20


def counted(count: int) -> str:
    """Return so many objects in words."""
    return f"{count} object{'' if count == 1 else 's'}"


def repaired_text(environment: str, repaired: Repaired) -> Iterator[str]:
    """Return the lines on a ledger that was to be repaired."""
    before, ledger = repaired.before, repaired.ledger
    if ledger is None and before.missing:
        yield f"nothing to repair: owner {before.owner} has no ledger in {environment} yet"
        return
    if ledger is None:
        yield f"nothing to repair: the ledger of owner {before.owner} in {environment} is sound"
        return
    left_out = len(repaired.differing) + len(repaired.absent)
    parts = [f"{len(ledger.entries)} adopted"]
    if repaired.differing:
        parts.append(f"{len(repaired.differing)} {'differs' if len(repaired.differing) == 1 else 'differ'}")
    if repaired.absent:
        parts.append(f"{len(repaired.absent)} {'is' if len(repaired.absent) == 1 else 'are'} not there")
    words = (
        parts[0] if not left_out else f"{', '.join(parts)} and {'was' if left_out == 1 else 'were'} left out"
    )
    yield f"repaired the ledger of owner {before.owner} in {environment}, serial {ledger.serial}: {words}"
    yield from _listed("differs ", repaired.differing)
    yield from _listed("not there", repaired.absent)
    if left_out:
        yield f"envctl diff {environment} says how; an apply brings the rest in"


def forgotten_text(environment: str, state: LedgerState) -> Iterator[str]:
    """Return the lines on a ledger that was to be forgotten."""
    if state.missing:
        yield f"nothing to forget: owner {state.owner} has no ledger in {environment}"
        return
    what = counted(len(state.ledger.entries)) if state.ledger is not None else "whatever it held"
    yield f"forgot the ledger of owner {state.owner} in {environment}: {what}, unmanaged until the next apply"


def released_text(environment: str, release: Release) -> Iterator[str]:
    """Return the lines on objects that were released."""
    many = counted(len(release.addresses))
    yield f"released {many} from the ledger of owner {release.owner}; nothing else changed in {environment}"
    yield from _listed("released", release.addresses)


def doomed_text(release: Release) -> Iterator[str]:
    """Return a warning where the next apply would delete what is released."""
    if release.doomed:
        many = "all" if len(release.doomed) == len(release.addresses) else str(len(release.doomed))
        yield f"prune is all: the next apply deletes {many} of them, unless another owner has them by then;"
        yield "exclude them under manage: first"


def _listed(word: str, addresses: Sequence[Address]) -> Iterator[str]:
    for address in addresses[:_MOST_NAMED]:
        yield f"  {word}   {address}"
    if len(addresses) > _MOST_NAMED:
        yield f"  and {len(addresses) - _MOST_NAMED} more"
