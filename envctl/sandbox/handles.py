"""Finding sandboxes that others have started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.sandbox import registry
from envctl.sandbox.places import sandboxes_folder
from envctl.sandbox.progress import Progress, silent
from envctl.sandbox.sandbox import Sandbox
from envctl.sandbox.spec import check_name

if TYPE_CHECKING:
    from pathlib import Path


def running(base: Path | None = None) -> tuple[Sandbox, ...]:
    """Give all sandboxes that run or are starting, by name; what others left behind is cleaned up."""
    return tuple(Sandbox(known) for known in registry.running(base or sandboxes_folder()))


def stop_named(name: str, base: Path | None = None, *, progress: Progress = silent) -> bool:
    """End the sandbox of that name, whatever state it is in; False if nothing ran.

    Waits for one that is starting. Raises `UsageError` for what is no name, `SandboxError` if it cannot
    be ended.
    """
    check_name(name)
    folder = (base or sandboxes_folder()) / name
    with registry.guarded(folder, progress=progress):
        return registry.remove(folder)
