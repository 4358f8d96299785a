"""A floor with awkward manners: `python -m tests.bench.awkward pieces|pings`.

`pieces` sends everything in three pieces, cut through markers and the handshake's end; `pings` asks
for a pong before it answers anything.
"""

import socket
import sys
import time

from bench.peers import floor

send_all, frames = floor.send_all, floor.frames
PONG = b"\x8a\x80"


def in_pieces(peer: socket.socket, data: bytes) -> None:
    for piece in (data[:-6], data[-6:-2], data[-2:]):
        send_all(peer, piece)
        time.sleep(0.002)  # or the pieces would travel together


def after_a_pong(peer: socket.socket, data: bytes) -> None:
    if data != floor.SWITCH:
        send_all(peer, b"\x89\x00")
        peer.settimeout(5)
        assert peer.recv(65536).startswith(PONG)
        peer.setblocking(False)
    send_all(peer, data)


if __name__ == "__main__":
    floor.send_all = in_pieces if sys.argv[1] == "pieces" else after_a_pong
    floor.main()
