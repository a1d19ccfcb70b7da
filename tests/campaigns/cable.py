"""A cable to a server: while it is pulled connections are refused and broken, or nothing comes through."""

import socket
import threading
from contextlib import suppress
from typing import Final

_PIECE: Final = 1 << 16


class Cable:
    """Passes bytes between its own port and that of a server.

    Attributes:
        port: on 127.0.0.1, the same after each ``plug``.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target, self._through = target, threading.Event()
        self._ends: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.plug()

    def plug(self) -> None:
        """Let everything through."""
        self._through.set()
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            self.port = int(self._listener.getsockname()[1])
            threading.Thread(target=self._listen, args=(self._listener,), daemon=True).start()

    def pull(self, silent: bool = False) -> None:
        """Break all connections and refuse new ones; ``silent``: keep them, and let nothing through."""
        if silent:
            self._through.clear()
            return
        if self._listener is not None:
            # Closing alone would leave the port taken while another thread waits for a connection.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in list(self._ends):
            _close(end)

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # pulled
                return
            try:
                far = socket.create_connection(self._target, 10)
            except OSError:
                near.close()
                continue
            self._ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                self._through.wait()
                sink.sendall(piece)
        for end in (source, sink):
            _close(end)
            self._ends.discard(end)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
