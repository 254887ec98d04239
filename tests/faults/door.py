"""A TCP port before a real server, to be shut, left ajar, and opened again."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

from backend.operations.servers import LOOPBACK, free_port


class Door:
    """Open, it passes bytes both ways. Shut, connections are refused and those that were open are cut. Silent, it
    accepts and passes nothing on, as a server that hangs."""

    def __init__(self, url: str) -> None:
        beyond = urlsplit(url)
        assert beyond.hostname is not None
        self._beyond = (beyond.hostname, beyond.port or 80)
        self._port = free_port()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self._silent = False
        self.url = f"http://{LOOPBACK}:{self._port}"

    def open(self, *, silent: bool = False) -> None:
        self.shut()
        self._silent = silent
        self._listener = socket.create_server((LOOPBACK, self._port))
        self._run(self._accept, self._listener)

    def shut(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            _end(listener)
        threads, self._threads = self._threads, []
        for end in self._ends:
            _end(end)
        for thread in threads:
            thread.join(10)
        for end in self._ends:
            _end(end)  # one that was accepted at the last moment
        self._ends = []

    def _run(self, work: object, *ends: socket.socket) -> None:
        thread = threading.Thread(target=work, args=ends, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            self._ends.append(near)
            if self._silent:
                continue
            far = socket.create_connection(self._beyond)
            self._ends.append(far)
            self._run(_pass_on, near, far)
            self._run(_pass_on, far, near)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
    except OSError:
        pass
    _end(source)
    _end(target)


def _end(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
