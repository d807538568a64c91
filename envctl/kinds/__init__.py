"""The kinds that envctl knows. Adding one is a file in this folder and a line in this tuple."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.kinds.config import CONFIG
from envctl.kinds.connection import CONNECTION
from envctl.kinds.dag import DAG
from envctl.kinds.pool import POOL
from envctl.kinds.role import ROLE
from envctl.kinds.user import USER
from envctl.kinds.variable import VARIABLE

if TYPE_CHECKING:
    from envctl.kinds.kind import Kind

KINDS: tuple[Kind, ...] = (VARIABLE, CONNECTION, POOL, DAG, CONFIG, ROLE, USER)
"""In the order in which reports show them."""
