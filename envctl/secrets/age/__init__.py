"""Values encrypted with age, in a file beside the spec: `${age:NAME}` is NAME in `secrets.enc.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.secrets.age.entry import SECRET_KEYS, AgeEntry
from envctl.secrets.age.file import NAME, NAME_RULE
from envctl.secrets.backend import BackendKind, Survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.model.reference import Reference
    from envctl.secrets.backend import Found, Missing, Surroundings


class AgeBackend:
    """See `envctl.secrets.backend.Backend`."""

    def __init__(self, entry: AgeEntry, around: Surroundings) -> None:
        self._entry, self._around = entry, around

    def read(self, references: Sequence[Reference]) -> Mapping[Reference, Found | Missing]:
        """Decrypt what references name."""
        from envctl.secrets.age.reading import read

        return read(self._entry, self._around, references)


def _check(reference: Reference) -> str | None:
    return None if NAME.fullmatch(reference.name) else f"has no name that can be: it {NAME_RULE}"


def _survey(around: Surroundings) -> Survey:
    from envctl.secrets.age.layers import survey

    return survey(around)


AGE = BackendKind(
    key="age",
    schemes=("age",),
    entry=AgeEntry,
    secret_keys=SECRET_KEYS,
    open=AgeBackend,
    check=_check,
    survey=_survey,
)
