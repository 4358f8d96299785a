"""One frame to many sessions: the innermost loop of the server.

It knows nothing of why a session gets the frame.
"""

from collections.abc import Sequence

from tornchat.frames import Frame
from tornchat.sockjs.session import Session


def send_all(sessions: Sequence[Session], frame: Frame) -> None:
    """Do `session.send(frame)` for each session, in order; never raise.

    Where a session may write to its socket at once this is one look and one system call: after
    each call of the kernel the caches are cold, and every further step of Python costs what ten
    cost elsewhere. The sockets are looked up ahead of the calls, while the caches are warm. What
    does not go through like this is left to `send` and to the session.
    """
    kind: type[Session] | None = None
    data, size = b"", 0
    for session, socket in zip(sessions, [each.socket for each in sessions], strict=True):
        if socket is None:
            session.send(frame)
            continue
        if session.__class__ is not kind:
            kind = session.__class__
            data = frame[session.wrap]
            size = len(data)
        try:
            sent = socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The stream finds out by itself and tells the session.
            continue
        if sent != size:
            session.sent_partly(data, sent)
