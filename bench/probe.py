"""A probe: asks for /health again and again, to see how long a server's loop is held at most."""

import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Self

PAUSE = 0.01
TIMEOUT = 10.0


class Probe:
    """A thread that asks while the context is entered; `longest_ms` is the longest wait.

    It shares a core with the generator, so this is an upper bound. Without a port it does nothing.
    """

    def __init__(self, port: int | None) -> None:
        self.longest_ms: float | None = None
        self._port = port
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="probe", daemon=True)

    def __enter__(self) -> Self:
        if self._port is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        if self._port is not None:
            self._thread.join()

    def _ask(self) -> None:
        assert self._port is not None
        connection = HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        while True:
            start = time.monotonic()
            try:
                connection.request("GET", "/health")
                connection.getresponse().read()
            except (OSError, HTTPException):
                connection.close()
            taken = 1000 * (time.monotonic() - start)
            self.longest_ms = max(self.longest_ms or 0.0, taken)
            if self._enough.wait(PAUSE):
                break
        connection.close()
