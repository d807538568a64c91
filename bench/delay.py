"""A far server, on loopback: a proxy that holds back what passes, and limits nothing else.

    delay.py UPSTREAM_PORT ROUND_TRIP_MS PORTS

It listens on PORTS free ports of 127.0.0.1, prints them in one line, and ends when its standard input does.
Each chunk of bytes leaves half a round trip after it came, in order, however many are under way: so
throughput is as without it. Opening a connection costs one round trip more, as a TCP handshake does: what a
client sends before that is over counts as sent then. It looks into nothing, and does not slow down as real
lines do when they begin.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial

HOST = "127.0.0.1"
_CHUNK = 1 << 16
Delivery = tuple[float, bytes]


async def carry(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float, not_before: float = 0.0
) -> None:
    """Pass bytes on until there are no more, each chunk `delay` seconds after it came (or `not_before`)."""
    under_way: asyncio.Queue[Delivery] = asyncio.Queue()
    delivering = asyncio.create_task(_deliver(under_way, target))
    loop = asyncio.get_running_loop()
    try:
        while chunk := await source.read(_CHUNK):
            under_way.put_nowait((max(loop.time(), not_before) + delay, chunk))
        under_way.put_nowait((max(loop.time(), not_before) + delay, b""))
        await delivering
    except OSError:
        target.close()
    finally:
        delivering.cancel()


async def _deliver(under_way: asyncio.Queue[Delivery], target: asyncio.StreamWriter) -> None:
    """Hand over what is due, in order; an empty chunk is the end."""
    loop = asyncio.get_running_loop()
    while True:
        due, chunk = await under_way.get()
        await asyncio.sleep(due - loop.time())
        if not chunk:
            if target.can_write_eof():
                target.write_eof()
            return
        target.write(chunk)
        await target.drain()


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: int, round_trip: float
) -> None:
    """Serve one connection of a client, both ways."""
    opened = asyncio.get_running_loop().time() + round_trip
    try:
        far_reader, far_writer = await asyncio.open_connection(HOST, upstream)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(
            carry(reader, far_writer, round_trip / 2, opened), carry(far_reader, writer, round_trip / 2)
        )
    finally:
        for one in (far_writer, writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()


async def serve(upstream: int, round_trip: float, ports: int) -> None:
    """Listen until standard input ends."""
    servers = [
        await asyncio.start_server(partial(relay, upstream=upstream, round_trip=round_trip), HOST, 0)
        for _ in range(ports)
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    # What is still open is of clients that have ended; there is nothing to clean up after them.
    os._exit(0)


if __name__ == "__main__":
    port, milliseconds, count = map(int, sys.argv[1:])
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(port, milliseconds / 1000, count))
