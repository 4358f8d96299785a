"""One who sends a thousand messages a second, and comes back whenever the server has had enough.

    python -m bench.flooder HOST PORT

Answers each line `flood SECONDS` on its input with a line of JSON, `{"sent": …}`. It comes from an
address of its own, and takes turns with nobody: `nice` lets whatever is measured go first.
"""

import json
import os
import socket
import sys
import time

from bench.contenders import LIMITED
from bench.load import frame
from bench.markers import filled

RATE = 1000
ADDRESS = "127.0.0.9"
PATIENCE = 5.0


class Connection:
    """One connection of the flooder. Raises OSError where the server has had enough of it."""

    def __init__(self, host: str, port: int, number: int) -> None:
        self._socket = socket.create_connection((host, port), PATIENCE, (ADDRESS, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        path = filled(LIMITED.wire.path, index=number)
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._await(b"101 ")
        for text in LIMITED.wire.pre:
            self._socket.sendall(frame(filled(text, index=number).encode()))
        self._await(LIMITED.wire.ready.encode())
        self._socket.setblocking(False)

    def send(self, number: int) -> None:
        """Send one message, and read what has come."""
        text = filled(LIMITED.wire.publish.replace("%M", ""), number=number)
        self._socket.sendall(frame(text.encode()))
        try:
            if not self._socket.recv(1 << 18):
                raise ConnectionResetError
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def _await(self, words: bytes) -> None:
        seen = b""
        while words not in seen:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionResetError
            seen += data


def flood(host: str, port: int, seconds: float, first: int) -> int:
    """Send for so long, whatever the server does; return how many messages it was."""
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        connection = None
        try:
            connection = Connection(host, port, first + sent)
            began, here = time.monotonic(), 0
            while time.monotonic() < end:
                connection.send(first + sent)
                sent, here = sent + 1, here + 1
                time.sleep(max(0.0, began + here / RATE - time.monotonic()))
        except OSError:
            time.sleep(1 / RATE)
        finally:
            if connection is not None:
                connection.close()
    return sent


def main() -> None:
    os.nice(10)
    host, port, total = sys.argv[1], int(sys.argv[2]), 0
    for line in sys.stdin:
        sent = flood(host, port, float(line.split()[1]), total)
        total += sent
        print(json.dumps({"sent": sent}), flush=True)


if __name__ == "__main__":
    main()
