"""The innermost loop: one session's trouble is never another's."""

from collections.abc import Callable, Sequence

from tornchat.frames import Frame
from tornchat.sockjs.broadcast import send_all
from tornchat.sockjs.session import Session


def plain(texts: Sequence[str]) -> bytes:
    return "".join(texts).encode()


def loud(texts: Sequence[str]) -> bytes:
    return plain(texts).upper()


class Plain(Session):
    """A session whose socket is a function."""

    wrap = staticmethod(plain)

    def __init__(self, direct: Callable[[bytes], int] | None) -> None:
        self.direct = direct
        self.sent: list[str] = []
        self.rest: list[bytes] = []

    def send(self, frame: Frame) -> None:
        self.sent += frame.texts

    def sent_partly(self, data: bytes, sent: int) -> None:
        self.rest.append(data[sent:])


class Loud(Plain):
    wrap = staticmethod(loud)


class Socket:
    """Takes at most `room` bytes, or raises."""

    def __init__(self, room: int = 1000, error: type[OSError] | None = None) -> None:
        self.room = room
        self.error = error
        self.got = b""

    def __call__(self, data: bytes) -> int:
        if self.error is not None:
            raise self.error
        self.got += data[: self.room]
        return min(self.room, len(data))


def test_each_session_gets_the_frame_in_its_own_wrapping() -> None:
    sockets = [Socket(), Socket(), Socket()]
    kinds = (Plain, Loud, Plain)
    send_all([kind(s) for kind, s in zip(kinds, sockets, strict=True)], Frame(["a", "b"]))
    assert [s.got for s in sockets] == [b"ab", b"AB", b"ab"]


def test_session_without_a_direct_way_is_asked_itself() -> None:
    session = Plain(None)
    send_all([session], Frame(["ab"]))
    assert session.sent == ["ab"]


def test_trouble_of_one_is_not_anothers() -> None:
    full, half, dead, well = (
        Socket(error=BlockingIOError),
        Socket(1),
        Socket(error=OSError),
        Socket(),
    )
    sessions = [Plain(s) for s in (full, half, dead, well)]
    send_all(sessions, Frame(["abc"]))
    assert [s.rest for s in sessions] == [[b"abc"], [b"bc"], [], []]
    assert well.got == b"abc"
