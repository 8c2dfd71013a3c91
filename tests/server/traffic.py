"""Clients that send requests to a server all the time, and tell what became of each."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

ANSWERED, REFUSED, RESET, CUT = "answered", "refused", "reset", "cut"
"""What becomes of a request: its whole answer arrived; no connection was accepted; the connection
was reset; the connection was closed before the whole answer had arrived."""

GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
TIMEOUT_SECONDS = 30.0


def post(query: str, key: str) -> bytes:
    """A GraphQL request."""
    body = f'{{"query": "{query}"}}'.encode()
    return (
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"x-api-key: %s\r\ncontent-length: %d\r\n\r\n%s" % (key.encode(), len(body), body)
    )


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)


def answer(connection: socket.socket) -> bytes:
    """The next answer on a connection: whole, or what arrived before the end of the connection."""
    received = b""
    while True:
        head, end, body = received.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().split(b"content-length:")[1].split()[0]):
            return received
        if not (data := connection.recv(65_536)):
            return received
        received += data


def is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    return bool(end) and len(body) == int(head.lower().split(b"content-length:")[1].split()[0])


def says_close(received: bytes) -> bool:
    return b"\r\nconnection: close\r\n" in received.lower()


class Traffic:
    """Requests of several clients, with the time at which each began."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        self._enough = Event()
        self.log: list[tuple[float, str]] = []

    def keep_alive(self) -> None:
        """Send requests on one connection as long as the server keeps it."""
        while not self._enough.is_set():
            try:
                connection = connected(self._port)
            except OSError:
                return self._note(REFUSED)
            with connection:
                while not self._enough.is_set() and self._ask(connection):
                    pass

    def new_connections(self) -> None:
        """Send each request on a connection of its own."""
        while not self._enough.is_set():
            try:
                connection = connected(self._port)
            except OSError:
                return self._note(REFUSED)
            with connection:
                self._ask(connection)

    def _ask(self, connection: socket.socket) -> bool:
        """Send a request; whether the connection can be used again."""
        begun = time.monotonic()
        try:
            connection.sendall(self._request)
            received = answer(connection)
        except ConnectionError:
            self._note(RESET, begun)
            return False
        self._note(ANSWERED if is_whole(received) else CUT, begun)
        return is_whole(received) and not says_close(received)

    def _note(self, what: str, begun: float | None = None) -> None:
        self.log.append((begun or time.monotonic(), what))

    def outcomes(self, since: float = 0.0) -> Counter[str]:
        return Counter(what for begun, what in self.log if begun >= since)

    @contextmanager
    def flowing(self, clients: int) -> Iterator[None]:
        """Twice `clients` clients, until all connections are refused or the block raises."""
        threads = [
            Thread(target=target, daemon=True)
            for target in (self.keep_alive, self.new_connections)
            for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        except BaseException:
            self._enough.set()
            raise
        for thread in threads:
            thread.join(TIMEOUT_SECONDS)
        self._enough.set()
