"""Files that are written whole or not at all: encrypted ones in place, and new private keys."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from envctl.body import reveal
from envctl.errors import EncryptedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envctl.model.secret import Secret

_PUBLIC, _PRIVATE = 0o666, 0o600
"""The rights of a new encrypted file, less the umask: it is for all to read. Those of a private key."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other envctls on this machine from changing the file of a folder meanwhile; waits for them.

    Raises EncryptedFileError.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise EncryptedFileError(f"{folder} cannot be opened: {error.strerror}") from None
    try:
        with suppress(OSError):  # a file system that has no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def put(path: Path, text: str) -> None:
    """Write an encrypted file in place of the one that is there, whose rights it keeps.

    Raises EncryptedFileError.
    """
    beside = path.with_name(f".envctl-{secrets.token_hex(8)}")
    try:
        mode = _rights(path)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PUBLIC)
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                os.fchmod(descriptor, mode)
            file.write(text.encode())
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):
            raise EncryptedFileError(f"{path} cannot be written: {error.strerror}") from None
        raise


def put_private(path: Path, text: Secret) -> None:
    """Write a new file that is for its owner only. Raises EncryptedFileError, also when there is one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, _PRIVATE)  # whatever the umask is
            file.write(str(reveal(text)).encode())
    except FileExistsError:
        raise EncryptedFileError(
            f"{path} is there already: a private key is not written over", hint="name another file"
        ) from None
    except OSError as error:
        raise EncryptedFileError(f"{path} cannot be written: {error.strerror}") from None


def _rights(path: Path) -> int | None:
    """Return the mode of a file, None when there is none. Raises EncryptedFileError for anything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
        raise EncryptedFileError(f"{path} is {what}: only a file itself is changed")
    return stat.S_IMODE(mode)
