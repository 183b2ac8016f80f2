"""TLS in front of a plain service on loopback: what a broker behind a certificate looks like to its clients."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

_LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def tls_wire(target_port: int, certificate: Path) -> Iterator[int]:
    """The port of a TLS server that shows ``certificate`` and hands everything on to ``target_port``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tls-wire")
    thread.start()
    carrier = _Carrier(target_port)
    try:
        yield asyncio.run_coroutine_threadsafe(carrier.begin(context), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(carrier.end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class _Carrier:
    """The server and every connection that is open, each a task of its own."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def begin(self, context: ssl.SSLContext) -> int:
        self._server = await asyncio.start_server(self._join, _LOOPBACK, 0, ssl=context)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(_LOOPBACK, self._target_port)
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)

    async def end(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; then the other side is told."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
