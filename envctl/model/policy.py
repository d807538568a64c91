"""The rules under which an instance may be changed."""

from __future__ import annotations

import re
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from envctl.model.freeze import Freeze

_LIMIT = re.compile(r"([0-9]{1,9})(%?)")
_WHOLE = 100


class Prune(StrEnum):
    """What may be deleted: nothing, what envctl itself once applied, or all that the spec lacks."""

    NONE = "none"
    MANAGED = "managed"
    ALL = "all"


class Protection(StrEnum):
    """How hard it is to change the instance: a person types its name; strict asks CI for --yes too."""

    NO = "no"
    YES = "yes"
    STRICT = "strict"


class Limit(Struct, frozen=True):
    """A count of objects, or a share in percent of those that the rule looks at."""

    amount: int
    share: bool = False

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Return the limit that a text spells, `20` or `30%`. Raises ValueError that says what it must be."""
        found = _LIMIT.fullmatch(text)
        if not found or (found.group(2) and int(found.group(1)) > _WHOLE):
            raise ValueError("must be a count such as 20, or a share such as 30%")
        return cls(int(found.group(1)), share=bool(found.group(2)))

    def __str__(self) -> str:
        return f"{self.amount}%" if self.share else str(self.amount)

    def exceeded_by(self, count: int, of: int) -> bool:
        """Tell whether `count` of `of` objects is more than this allows."""
        return count * 100 > self.amount * of if self.share else count > self.amount


class Policy(Struct, frozen=True):
    """An environment's rules."""

    protection: Protection = Protection.NO
    prune: Prune = Prune.MANAGED
    max_changes: Limit | None = None
    max_deletes: Limit | None = None
    freezes: tuple[Freeze, ...] = ()


class Allowed(Struct, frozen=True):
    """What is allowed for one run beyond the policy, each by a flag of its own.

    `protected` are globs of addresses that may be deleted although they are protected. `consent` is False
    when the question could be put to nobody and `--yes` did not answer it.
    """

    max_changes: Limit | None = None
    max_deletes: Limit | None = None
    protected: tuple[str, ...] = ()
    empty: bool = False
    during_freeze: bool = False
    consent: bool = True

    def over(self, saved: Allowed) -> Allowed:
        """Return this, completed by what was allowed when the plan that is carried out was saved.

        Whether it is frozen is a matter of now, and so has to be allowed now.
        """
        return replace(
            self,
            max_changes=self.max_changes or saved.max_changes,
            max_deletes=self.max_deletes or saved.max_deletes,
            protected=(*saved.protected, *self.protected),
            empty=self.empty or saved.empty,
        )


NOTHING_MORE = Allowed()
"""The policy as it is."""


class Refusal(Struct, frozen=True):
    """What one rule has against a plan: why, with the figures, and the flag that allows it.

    `flag` is written as it is typed, its value included; None when no flag does.
    """

    rule: str
    why: str
    flag: str | None = None

    def __str__(self) -> str:
        return f"{self.why}: {self.flag} allows it" if self.flag else self.why


class Scope(Struct, frozen=True):
    """Which ids of one kind envctl owns in an instance, as globs."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def __contains__(self, identifier: object) -> bool:
        if "*" in self.include and not self.exclude:
            return True
        text = str(identifier)
        return any(fnmatchcase(text, glob) for glob in self.include) and not any(
            fnmatchcase(text, glob) for glob in self.exclude
        )
