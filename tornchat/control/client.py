"""The asking end of the control socket; it blocks."""

import contextlib
import socket
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from tornchat.control import wire
from tornchat.control.errors import NoAnswer, NobodyListens
from tornchat.control.unixsocket import address

ANSWER_SECONDS: Final = 60.0


def ask(path: Path, verb: str, args: dict[str, Any], *, timeout: float = ANSWER_SECONDS) -> Any:
    """Ask the server at the socket for a verb, and return its result as plain JSON values.

    Raises the ChatError that the server answered with; NobodyListens where no server took the
    question, so that nothing has happened; NoAnswer where it is not known what has.
    """
    question = wire.encode_question(verb, args)
    deadline = time.monotonic() + timeout
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        _connect(connection, path)
        answer = _converse(connection, question, deadline)
    try:
        return wire.decode_answer(answer)
    except msgspec.DecodeError as error:
        raise NoAnswer(f"{path}: expected the answer of a tornchat, got something else") from error


def _connect(connection: socket.socket, path: Path) -> None:
    try:
        with address(path) as name:
            connection.connect(name)
    except PermissionError as error:
        raise NoAnswer(f"{path}: not allowed; run this as the server's user") from error
    except OSError as error:
        raise NobodyListens(f"{path}: {error.strerror or error}") from error


def _converse(connection: socket.socket, question: bytes, deadline: float) -> bytes:
    """Send the question, and read up to the end of the connection."""
    found = bytearray()
    try:
        # One who is refused early finds the connection broken, and the answer in it.
        with contextlib.suppress(ConnectionError):
            connection.sendall(question)
        with contextlib.suppress(ConnectionError):
            while data := _receive(connection, deadline):
                found += data
    except TimeoutError as error:
        raise NoAnswer("the server runs but does not answer; it may still act") from error
    if not found.endswith(b"\n"):
        raise NoAnswer("the server ended before it answered: look whether it has acted")
    return bytes(found)


def _receive(connection: socket.socket, deadline: float) -> bytes:
    connection.settimeout(max(0.001, deadline - time.monotonic()))
    return connection.recv(65536)
