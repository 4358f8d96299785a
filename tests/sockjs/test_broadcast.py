"""The innermost loop: one session's trouble is never another's."""

import socket
from collections.abc import Sequence
from typing import cast

from tornchat.frames import Frame
from tornchat.sockjs.broadcast import send_all
from tornchat.sockjs.session import Session


def plain(texts: Sequence[str]) -> bytes:
    return "".join(texts).encode()


def loud(texts: Sequence[str]) -> bytes:
    return plain(texts).upper()


class Plain(Session):
    """A session that writes down what was left to it."""

    wrap = staticmethod(plain)

    def __init__(self, peer: "Peer | None") -> None:
        self.socket = cast("socket.socket | None", peer)
        self.sent: list[str] = []
        self.rest: list[bytes] = []

    def send(self, frame: Frame) -> None:
        self.sent += frame.texts

    def sent_partly(self, data: bytes, sent: int) -> None:
        self.rest.append(data[sent:])


class Loud(Plain):
    wrap = staticmethod(loud)


class Peer:
    """Takes at most `room` bytes, or raises."""

    def __init__(self, room: int = 1000, error: type[OSError] | None = None) -> None:
        self.room = room
        self.error = error
        self.got = b""

    def send(self, data: bytes) -> int:
        if self.error is not None:
            raise self.error
        self.got += data[: self.room]
        return min(self.room, len(data))


def test_each_session_gets_the_frame_in_its_own_wrapping() -> None:
    sockets = [Peer(), Peer(), Peer()]
    kinds = (Plain, Loud, Plain)
    send_all([kind(s) for kind, s in zip(kinds, sockets, strict=True)], Frame(["a", "b"]))
    assert [s.got for s in sockets] == [b"ab", b"AB", b"ab"]


def test_session_whose_peer_has_to_wait_is_asked_itself() -> None:
    session = Plain(None)
    send_all([session], Frame(["ab"]))
    assert session.sent == ["ab"]


def test_trouble_of_one_is_not_anothers() -> None:
    full, half, dead, well = (
        Peer(error=BlockingIOError),
        Peer(1),
        Peer(error=OSError),
        Peer(),
    )
    sessions = [Plain(s) for s in (full, half, dead, well)]
    send_all(sessions, Frame(["abc"]))
    assert [s.rest for s in sessions] == [[b"abc"], [b"bc"], [], []]
    assert well.got == b"abc"
