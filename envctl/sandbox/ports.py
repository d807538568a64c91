"""A free port on loopback, kept free until the server has it."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envctl.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


@contextmanager
def reserved(wanted: int | None = None) -> Iterator[int]:
    """Give a free port (or the wanted one) and keep others off it for the length of the block.

    Airflow takes seconds before it binds its port. On Linux a socket that is bound but does not
    listen keeps everybody away who asks for any free port, while a server that names this very
    port (with SO_REUSEADDR, as uvicorn and gunicorn do) still gets it. Elsewhere that would shut out
    the server too, so there the port is only found, and a lost race shows when the server dies.

    Raises `SandboxError` if the wanted port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((HOST, wanted or 0))
        except OSError as error:
            raise SandboxError(
                f"port {wanted} on {HOST} cannot be used: {error.strerror}",
                hint="choose another with --port, or leave it out to get a free one",
            ) from error
        port = int(holder.getsockname()[1])
        if sys.platform != "linux":
            holder.close()
        yield port
