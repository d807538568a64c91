"""Which versions of everything else belong to an Airflow."""

from __future__ import annotations

import logging
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from envctl.sandbox.places import python_series

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)

FAB_PROVIDER = "apache-airflow-providers-fab"
"""What brings the FAB auth manager: with it Airflow needs older versions of much else."""
_ADDRESS = "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-{python}.txt"
_SECONDS = 4.0
_MOST_BYTES = 1 << 20
_PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[\w,.-]+\])?==[A-Za-z0-9.+!_-]+(?:\s*;.*)?")


@dataclass(frozen=True)
class Pins:
    """Pinned versions, a line each, and where they are from."""

    origin: str
    lines: tuple[str, ...]

    def without(self, packages: Sequence[str]) -> Pins:
        """Give the pins of everything but those of some packages that are `NAME==VERSION` themselves."""
        others = {_name(one) for one in packages if "==" in one}
        return Pins(self.origin, tuple(line for line in self.lines if _name(line) not in others))


def pins_for(version: str, packages: Sequence[str] = ()) -> Pins:
    """Find the pins for an Airflow with packages: its own constraints file, else the shipped list, else none.

    Takes a few seconds at most; never raises.
    """
    return (
        _published(version)
        or _shipped(version, packages)
        or Pins("unpinned: neither constraints nor a list found", ())
    )


def _name(pin: str) -> str:
    """Give a package's name in the spelling in which equal names are equal."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=;]", pin, maxsplit=1)[0]).strip().lower()


def _published(version: str) -> Pins | None:
    """Fetch the constraints file that the Airflow project publishes for each release."""
    address = _ADDRESS.format(version=version, python=python_series())
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - always https
            text = answer.read(_MOST_BYTES).decode("utf-8")
    except (OSError, ValueError, urllib.error.URLError) as error:
        _log.debug("no constraints from %s: %s", address, error)
        return None
    return _pins("Airflow's own constraints", text)


def _shipped(version: str, packages: Sequence[str]) -> Pins | None:
    """Read the list that envctl brings along for the versions it is tested with."""
    name = f"airflow-{version}-fab" if FAB_PROVIDER in map(_name, packages) else f"airflow-{version}"
    file = resources.files("envctl.sandbox") / "locks" / f"{name}.txt"
    if not file.is_file():
        return None
    return _pins("the list that envctl ships", file.read_text(encoding="utf-8"))


def _pins(origin: str, text: str) -> Pins | None:
    """Keep the lines that pin something: an installer would obey any option it finds in such a file."""
    lines = tuple(line.strip() for line in text.splitlines() if _PIN.fullmatch(line.strip()))
    return Pins(origin, lines) if lines else None
