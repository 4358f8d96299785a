"""The load generator in Python, for machines without a C compiler (else native/load.c is used).

    python -m bench.load HOST PORT N PATH READY PUBLISH SPREAD [PRE ...]

It opens N WebSockets, sends each the texts PRE after its handshake, and says so in a line of JSON
when all of them have got READY. Then it takes commands, one a line, and answers each with a line:

    settle SECONDS                  read on for so long
    run WINDOW RATE SECONDS LEAST PUBLISHERS
                                    publish for SECONDS, but LEAST messages at least: RATE a second,
                                    or if RATE is 0 whenever fewer than WINDOW × N receipts are due;
                                    the first PUBLISHERS connections take turns

The first WINDOW messages of a run count for its throughput, but not for its delays, since nothing
waits before them. It ends at the end of its input.
"""

import json
import os
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from bench import markers
from bench.stats import percentile

IN_FLIGHT = 64
CHUNK = 1 << 18
GIVE_UP = 10.0
SAMPLED = 16
MASK = b"\x37\xfa\x21\x3d"
PING, PONG = b"\x89\x00", 0x8A


def frame(text: bytes, opcode: int = 0x81) -> bytes:
    """Return a masked WebSocket frame, as RFC 6455 §5.3 asks of clients."""
    size = len(text)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    key = int.from_bytes((MASK * (size // 4 + 1))[:size])
    return bytes([opcode]) + length + MASK + (int.from_bytes(text) ^ key).to_bytes(size)


@dataclass(slots=True)
class Peer:
    """One connection; `carry` is what came last and may go on in what comes next."""

    index: int
    socket: socket.socket
    state: str = "handshake"  # then joining, ready
    carry: bytes = b""

    def send(self, data: bytes) -> None:
        """Send all of it, waiting where the server does not read."""
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                select.select([], [self.socket], [], 1.0)


@dataclass(slots=True)
class Run:
    """The figures of one run while it goes on."""

    base: int
    skip: int
    sampled: int
    """Delays are taken of one connection in so many, of all where it is 0: reading costs time."""
    sent_at: list[float] = field(default_factory=list)
    received: int = 0
    delays: Counter[int] = field(default_factory=Counter)

    def count(self, data: bytes, at: float) -> None:
        """Count what one connection got at `at`."""
        for marked in markers.numbers(data):
            number = marked - self.base
            if 0 <= number < len(self.sent_at):
                self.received += 1
                if number >= self.skip:
                    self.delays[int((at - self.sent_at[number]) * 1e5)] += 1


class Generator:
    """All connections of one server."""

    def __init__(self, arguments: list[str]) -> None:
        host, port, total, self.path, ready, self.publish, spread, *self.pre = arguments
        self.address, self.spread = (host, int(port)), spread == "1"
        self.total, self.ready = int(total), ready.encode()
        self.poll = select.epoll()
        self.peers: dict[int, Peer] = {}
        self.next = 0
        self.run_now: Run | None = None

    def connect(self) -> float:
        """Open all connections and have them joined. Returns the seconds it took."""
        start, opened, done = time.monotonic(), 0, 0
        while done < self.total:
            while opened < self.total and opened - done < IN_FLIGHT:
                self._open(opened)
                opened += 1
            done += self.step(1.0)
        self.in_turn = sorted(self.peers.values(), key=lambda peer: peer.index)
        return time.monotonic() - start

    def _open(self, index: int) -> None:
        # A source address has some 28,000 ports.
        source = (f"127.0.0.{1 + index // 10000}", 0) if self.spread else None
        opened = socket.create_connection(self.address, 10, source)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        path = markers.filled(self.path, index=index)
        opened.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.address[1]}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        opened.setblocking(False)
        self.peers[opened.fileno()] = Peer(index, opened)
        self.poll.register(opened, select.EPOLLIN)

    def step(self, timeout: float) -> int:
        """Read what is there, once per connection. Returns how many became ready."""
        became = 0
        for fd, _ in self.poll.poll(timeout):
            if fd == 0:
                continue
            peer = self.peers[fd]
            try:
                data = peer.socket.recv(CHUNK)
            except BlockingIOError:
                continue
            if not data:
                self._lose(fd)
            elif peer.state == "ready":
                self._take(peer, data)
            else:
                became += self._advance(peer, peer.carry + data)
        return became

    def _lose(self, fd: int) -> None:
        if self.peers[fd].state != "ready":
            sys.exit("refused before it had joined")
        self.poll.unregister(fd)
        self.peers.pop(fd).socket.close()

    def _take(self, peer: Peer, data: bytes) -> None:
        at = time.monotonic()
        if PING in data:  # no text holds the byte 0
            peer.send(frame(b"", PONG))
        if peer.carry:
            data = peer.carry + data
        peer.carry = markers.rest(data)
        if not (run := self.run_now):
            return
        if run.sampled and peer.index % run.sampled:
            run.received += markers.count(data[: len(data) - len(peer.carry)])
        else:
            run.count(data, at)

    def _advance(self, peer: Peer, data: bytes) -> bool:
        if peer.state == "handshake":
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                peer.carry = head
                return False
            for text in self.pre:
                peer.send(frame(markers.filled(text, index=peer.index).encode()))
            peer.state = "joining"
        joined = self.ready in data
        peer.state = "ready" if joined else "joining"
        peer.carry = b"" if joined else data[1 - len(self.ready) :]
        return joined

    def settle(self, seconds: float) -> None:
        """Read on for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.step(0.02)

    def run(
        self, window: int, rate: float, seconds: float, least: int, publishers: int
    ) -> dict[str, float]:
        """Publish and count until all has come, or nothing comes any more."""
        run = self.run_now = Run(self.next, 0 if rate else window, 0 if rate else SAMPLED)
        start = newest = now = time.monotonic()
        while True:
            sent, alive = len(run.sent_at), len(self.peers)
            more = sent < least or now - start < seconds
            while more and (
                (now - start) * rate >= sent
                if rate
                else sent * alive - run.received < window * alive
            ):
                run.sent_at.append(time.monotonic())
                text = markers.filled(self.publish, number=run.base + sent)
                sent += 1
                self.in_turn[(run.base + sent) % publishers].send(frame(text.encode()))
            if (not more and run.received >= sent * alive) or now - newest > GIVE_UP:
                break
            before = run.received
            self.step(max(0.0, start + sent / rate - now) if rate and more else 0.1)
            now = time.monotonic()
            newest = now if run.received > before else newest
        self.next += len(run.sent_at)
        self.run_now = None
        return self._figures(run, newest - start)

    def _figures(self, run: Run, seconds: float) -> dict[str, float]:
        delays = sorted(run.delays.elements()) or [-1]
        return {
            "sent": len(run.sent_at),
            "received": run.received,
            "expected": len(run.sent_at) * len(self.peers),
            "seconds": seconds,
            "p50_us": 10 * percentile(delays, 0.5),
            "p99_us": 10 * percentile(delays, 0.99),
            "max_us": 10 * delays[-1],
            "lost": self.total - len(self.peers),
        }


def main() -> None:
    generator = Generator(sys.argv[1:])
    print(json.dumps({"seconds": generator.connect()}), flush=True)
    generator.poll.register(0, select.EPOLLIN)
    while True:
        generator.step(1.0)
        if not select.select([0], [], [], 0)[0]:
            continue
        match os.read(0, 4096).decode().split():
            case ["run", window, rate, seconds, *numbers]:
                least, publishers = map(int, numbers)
                answer = generator.run(int(window), float(rate), float(seconds), least, publishers)
            case ["settle", seconds]:
                generator.settle(float(seconds))
                answer = {}
            case _:
                return
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
