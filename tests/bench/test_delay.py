"""The proxy that makes a server far away: order, and lower bounds of the delay."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from bench.delay import HOST, relay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUND_TRIP = 0.1


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1 << 16):
        writer.write(chunk)
        await writer.drain()
    writer.close()


def through_the_proxy(
    client: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> None:
    """Run a client whose connection leads to an echo that is a tenth of a second away."""

    async def run() -> None:
        async with await asyncio.start_server(_echo, HOST, 0) as far:
            port = far.sockets[0].getsockname()[1]
            serve = partial(relay, upstream=port, round_trip=ROUND_TRIP)
            async with await asyncio.start_server(serve, HOST, 0) as near:
                reader, writer = await asyncio.open_connection(HOST, near.sockets[0].getsockname()[1])
                await client(reader, writer)
                writer.close()
                await writer.wait_closed()
                await asyncio.sleep(ROUND_TRIP)

    asyncio.run(run())


def test_opening_costs_a_round_trip_and_each_answer_one_more() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = time.monotonic()
        for _ in range(2):
            writer.write(b"ping")
            assert await reader.readexactly(4) == b"ping"
        assert time.monotonic() - began >= 3 * ROUND_TRIP * 0.95

    through_the_proxy(client)


def test_bytes_keep_their_order_and_none_is_lost() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = b"".join(number.to_bytes(4, "big") for number in range(200_000))
        writer.write(sent)
        writer.write_eof()
        assert await reader.read(-1) == sent

    through_the_proxy(client)
