"""The file of a saved plan: written whole or not at all, for its owner only, and never through a link."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from envctl.errors import PlanFileError

if TYPE_CHECKING:
    from pathlib import Path

    from envctl.model.saved import SavedPlan

_MODE = 0o600
"""A plan shows what changes in an instance; that is for whoever may see the instance."""
_LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read at all."""


def check_target(path: Path) -> None:
    """Raise PlanFileError when no plan can be written there, as far as a look tells."""
    try:
        if not path.parent.is_dir():
            _refuse(path, f"there is no folder {path.parent}")
        _check_kind(path)
    except (OSError, ValueError) as error:
        _refuse(path, _why(error))


def write_plan(path: Path, saved: SavedPlan) -> None:
    """Write a plan to a file with mode 0600, in place of the one that is there. Raises PlanFileError.

    It is written beside and put in place when it is complete, so that no reader sees half of it. A link
    in its place would be replaced, not followed.
    """
    from envctl.report.saved_plan import file_text

    check_target(path)
    beside = path.with_name(f".envctl-plan-{secrets.token_hex(8)}")
    try:
        _write(beside, file_text(saved).encode())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        _refuse(path, _why(error))
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def read_plan(path: Path) -> SavedPlan:
    """Return the plan in a file. Raises PlanFileError, and PlanUnfit when it was edited."""
    from envctl.report.saved_plan import read_saved_plan

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise PlanFileError(
            f"{path} cannot be read: {_why(error)}", hint="make a plan with envctl plan ENV --out FILE"
        ) from None
    if len(data) > _LARGEST:
        raise PlanFileError(f"{path} holds no saved plan: it is larger than any")
    return read_saved_plan(data, str(path))


def _check_kind(path: Path) -> None:
    """Refuse whatever is there but a file: a device would be replaced, and what a link leads to is not."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        _refuse(path, "it is a folder")
    if stat.S_ISLNK(mode):
        _refuse(path, "it is a symbolic link, which is not followed: name the file itself")
    if not stat.S_ISREG(mode):
        _refuse(path, "it is no regular file")


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, _MODE)  # whatever the umask is
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """See to it that the new name outlasts a power cut, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _why(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{text[:1].lower()}{text[1:]}"


def _refuse(path: Path, why: str) -> NoReturn:
    raise PlanFileError(f"the plan cannot be written to {path}: {why}")
