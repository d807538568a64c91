"""How far references are followed."""

from __future__ import annotations

from enum import StrEnum


class Lookup(StrEnum):
    """Where secrets are looked up."""

    ALL = "all"
    """Everywhere."""
    LOCAL = "local"
    """On this machine: variables and files. References to secret stores are checked for their form."""
    NONE = "none"
    """Nowhere: what is secret is not known."""
