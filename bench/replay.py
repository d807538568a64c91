"""A server that is never the bottleneck: it repeats what the real Airflow answered the first time.

    replay.py UPSTREAM_PORT

It listens on a free port of 127.0.0.1, prints it, and ends when its standard input does. A GET is known by
path and query, a login by its body; whatever else comes is passed on to the real server each time. Twenty
environments that one Airflow would serve one after another can so be served as by twenty.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import sys
from contextlib import suppress

HOST = "127.0.0.1"
_KEPT = {"content-type", "date"}
Request = tuple[str, str, bytes]


class Replay:
    """The answers of one upstream server, by request."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._known: dict[Request, bytes] = {}
        self._asking: dict[Request, asyncio.Lock] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while head := await _head(reader):
                method, target, headers = head
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                writer.write(await self._answer((method, target, body), headers))
                await writer.drain()
        writer.close()

    async def _answer(self, request: Request, headers: dict[str, str]) -> bytes:
        """Give the whole answer, as bytes to send."""
        method, target, _ = request
        if method != "GET" and target != "/auth/token":
            return await asyncio.to_thread(self._ask, request, headers)
        async with self._asking.setdefault(request, asyncio.Lock()):
            if request not in self._known:
                self._known[request] = await asyncio.to_thread(self._ask, request, headers)
        return self._known[request]

    def _ask(self, request: Request, headers: dict[str, str]) -> bytes:
        """Let the real server answer."""
        method, target, body = request
        sent = {name: text for name, text in headers.items() if name not in {"connection", "host"}}
        connection = http.client.HTTPConnection(HOST, self._upstream, timeout=60)
        try:
            connection.request(method, target, body or None, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {text}" for name, text in answer.getheaders() if name.lower() in _KEPT]
        if encoding := answer.getheader("Content-Encoding"):
            lines.append(f"Content-Encoding: {encoding}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


async def _head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
    """Read the first line and the headers of a request; None at the end of the connection."""
    try:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    return method, target, {name.strip().lower(): text.strip() for name, _, text in pairs}


async def main(upstream: int) -> None:
    """Listen until standard input ends."""
    server = await asyncio.start_server(Replay(upstream).serve, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    os._exit(0)  # what is still open is of clients that have ended


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1])))
