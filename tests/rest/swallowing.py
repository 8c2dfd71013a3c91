"""A proxy that swallows the first answer to a POST, as a network may do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65_536


class Swallowing:
    """The proxy's port, and how many answers it has swallowed."""

    def __init__(self, listener: socket.socket, port: int) -> None:
        self._listener = listener
        self._upstream = port
        self.port = listener.getsockname()[1]
        self.swallowed = 0

    def serve(self) -> None:
        with suppress(OSError):  # The listener is closed at the end.
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._upstream)) as server:
            request = client.recv(PIECE)
            while request:
                server.sendall(request)
                client.settimeout(0.05)
                with suppress(TimeoutError):  # The rest of the body.
                    while more := client.recv(PIECE):
                        server.sendall(more)
                client.settimeout(None)
                answer = server.recv(PIECE)
                if request.startswith(b"POST") and not self.swallowed:
                    self.swallowed += 1
                    return
                client.sendall(answer)
                request = client.recv(PIECE)


@contextmanager
def swallowing(port: int) -> Iterator[Swallowing]:
    """The proxy before a server at the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Swallowing(listener, port)
        threading.Thread(target=proxy.serve, daemon=True).start()
        yield proxy
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
