"""Graceful shutdown: whoever could still connect gets an answer, everybody else is refused.

Closing a listening socket resets the connections that the kernel has accepted and the server has
not. So the kernel is told to accept no more of them, the server accepts those that wait, and only
then the socket is closed.
"""

import asyncio
import ctypes
import logging
import select
import signal
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from socket import SOL_SOCKET, socket
from types import FrameType

import uvicorn

from app.server.garbage import spare_what_stays
from app.server.uvicorn_private import Supervisor, Worker

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 0.1
"""The time for clients to complete the handshakes that have begun."""

ACCEPT_SECONDS = 1.0
"""The time for the server to accept the connections that wait."""

_KNOWN_SECONDS = 0.02
"""The time for the event loop to pass accepted connections to the server."""

KILL_SECONDS = 5.0
"""How much longer than its own limit a worker process may take to shut down."""

_SO_ATTACH_FILTER = 26
_DROP_SYN = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in [
        (0x30, 0, 0, 13),  # Load the byte with TCP's flags.
        (0x54, 0, 0, 0x12),  # Keep SYN and ACK.
        (0x15, 0, 1, 0x02),  # SYN alone begins a handshake:
        (0x06, 0, 0, 0),  # drop the segment;
        (0x06, 0, 0, 0xFFFF_FFFF),  # else accept it.
    ]
)
"""A socket filter in the code of Linux's classic BPF."""


class Server(uvicorn.Server):
    """uvicorn's server. `is_alone` says that no other process uses its listening socket."""

    def __init__(self, config: uvicorn.Config, *, is_alone: bool = False) -> None:
        super().__init__(config)
        self._is_alone = is_alone

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Starts the application, and accepts connections."""
        await super().startup(sockets)
        spare_what_stays()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stops accepting, and waits for the responses under way, within uvicorn's limit."""
        if self._is_alone and sockets:
            for pause in _until_accepted(sockets):
                await asyncio.sleep(pause)
        for server in self.servers:
            server.close()
        await asyncio.sleep(_KNOWN_SECONDS)
        await super().shutdown(sockets)
        if self.force_exit:  # Then uvicorn leaves it out.
            await self.lifespan.shutdown()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A terminal sends SIGINT to the worker processes, too; they leave it to their parent."""
        if self._is_alone or sig != signal.SIGINT:
            super().handle_exit(sig, frame)


class _Worker(Worker):
    @cached_property
    def server(self) -> Server:
        return Server(self.config)


class Workers(Supervisor):
    """uvicorn's supervisor of worker processes, which share a listening socket."""

    worker = _Worker

    def terminate_all(self) -> None:
        """Tells the workers to shut down, once they have accepted all connections."""
        for pause in _until_accepted(self.sockets):
            time.sleep(pause)
        super().terminate_all()
        for listening in self.sockets:
            listening.close()

    def join_all(self) -> None:
        """Waits for the workers. A second SIGINT, or a worker that hangs, ends them at once."""
        limit = (self.config.timeout_graceful_shutdown or 0) + KILL_SECONDS
        deadline = time.monotonic() + limit
        for process in self.processes:
            while process.exitcode is None:
                if signal.SIGINT in self.signal_queue or time.monotonic() > deadline:
                    log.warning("Killing the worker process [%d]", process.pid)
                    process.kill()
                process.process.join(0.1)


def _until_accepted(listening: list[socket]) -> Iterator[float]:
    """Refuses new connections. Yields pauses in seconds while others wait to be accepted."""
    _refuse_connections(listening)
    deadline = time.monotonic() + ACCEPT_SECONDS
    yield HANDSHAKE_SECONDS
    poll = select.poll()
    for each in listening:
        poll.register(each.fileno(), select.POLLIN)
    while poll.poll(0) and time.monotonic() < deadline:
        yield _KNOWN_SECONDS


def _refuse_connections(listening: list[socket]) -> None:
    """Let the kernel begin no handshake on these sockets, in all processes that share them.

    Clients that try to connect are refused once the sockets are closed. Without effect where the
    system is not Linux.
    """
    program = ctypes.create_string_buffer(_DROP_SYN)
    count = len(_DROP_SYN) // struct.calcsize("HBBI")
    option = struct.pack("HL", count, ctypes.addressof(program))
    if sys.platform == "linux":
        for each in listening:
            with suppress(OSError):
                each.setsockopt(SOL_SOCKET, _SO_ATTACH_FILTER, option)
