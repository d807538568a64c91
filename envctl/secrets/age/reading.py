"""What references to encrypted files ask for, decrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.secrets.age.identities import keys_from
from envctl.secrets.age.layers import stacked, unknown
from envctl.secrets.age.sealing import unseal
from envctl.secrets.backend import Found, Missing, Unusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.model.reference import Reference
    from envctl.secrets.age.entry import AgeEntry
    from envctl.secrets.age.identities import Keys
    from envctl.secrets.age.layers import Stack
    from envctl.secrets.backend import Surroundings


def read(
    entry: AgeEntry, around: Surroundings, references: Sequence[Reference]
) -> dict[Reference, Found | Missing]:
    """Return what there is for each reference, from the files of the environment's layers."""
    try:
        keys = keys_from(entry, around)
    except Unusable as error:
        return dict.fromkeys(references, error.missing)
    stack = stacked(around)
    return {reference: _opened(reference, stack, keys, around) for reference in references}


def _opened(reference: Reference, stack: Stack, keys: Keys, around: Surroundings) -> Found | Missing:
    found = stack.find(reference.name)
    if found is None and stack.found:
        return Missing("an encrypted file that it may be in has mistakes", None, whole=True)
    if found is None:
        return unknown(reference, stack, around) or Missing("it is in no file", None)
    try:
        return Found(unseal(found[0], keys.identities, reference.text, keys.own))
    except Unusable as error:
        return error.missing
