"""AWS: `${aws-secret:ID#FIELD@VERSION}` of Secrets Manager, `${aws-ssm:NAME@VERSION}` of Parameter Store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.secrets.aws.entry import AwsEntry
from envctl.secrets.aws.naming import PARAMETER, SECRET, pinned, wanted
from envctl.secrets.backend import BackendKind, Missing, complaint_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.model.reference import Reference
    from envctl.secrets.backend import Found, Surroundings


class AwsBackend:
    """See `envctl.secrets.backend.Backend`."""

    def __init__(self, entry: AwsEntry, around: Surroundings) -> None:
        self._entry, self._around = entry, around

    def read(self, references: Sequence[Reference]) -> Mapping[Reference, Found | Missing]:
        """Look up references; the first thing that is done is to find credentials."""
        try:
            import boto3  # noqa: F401 - it comes with an extra, and so may not be there
        except ImportError:
            missing = Missing("reading from AWS needs boto3", "pip install 'envctl[aws]'", whole=True)
            return dict.fromkeys(references, missing)
        from envctl.secrets.aws.reading import read

        return read(self._entry, self._around, references)


AWS = BackendKind(
    key="aws",
    schemes=(SECRET, PARAMETER),
    entry=AwsEntry,
    open=AwsBackend,
    check=complaint_of(wanted),
    pinned=pinned,
)
