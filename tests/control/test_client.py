"""What the asking end makes of peers that are gone, deaf, or something else."""

import socket
import threading

import pytest

from tornchat.control import NAME, NoAnswer, NobodyListens, ask, unixsocket
from tornchat.errors import BadRequest, Internal


@pytest.fixture
def peer(tmp_path):
    """Answer one question with these bytes, whatever it was, and end."""
    listening = unixsocket.listen(tmp_path / NAME)
    listening.setblocking(True)
    threads = []

    def answer(data: bytes):
        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(data)

        threads.append(threading.Thread(target=serve))
        threads[0].start()
        return tmp_path / NAME

    yield answer
    for thread in threads:
        thread.join()
    listening.close()


def test_missing_socket_means_that_nobody_listens(tmp_path):
    with pytest.raises(NobodyListens):
        ask(tmp_path / NAME, "rooms", {})


def test_stale_socket_means_that_nobody_listens(tmp_path):
    unixsocket.listen(tmp_path / NAME).close()
    with pytest.raises(NobodyListens):
        ask(tmp_path / NAME, "rooms", {})


def test_full_backlog_means_that_nobody_listens(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / NAME))
        listening.listen(0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as first:
            first.connect(str(tmp_path / NAME))
            with pytest.raises(NobodyListens):
                ask(tmp_path / NAME, "rooms", {}, timeout=0.1)


def test_server_that_ends_without_an_answer_is_told(peer):
    with pytest.raises(NoAnswer, match="ended before it answered"):
        ask(peer(b""), "rooms", {})


def test_half_an_answer_is_none(peer):
    with pytest.raises(NoAnswer, match="ended before it answered"):
        ask(peer(b'{"result": [1,'), "rooms", {})


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"[]\n", b"\xff\n"])
def test_answer_of_something_else_is_told(peer, data):
    with pytest.raises(NoAnswer, match="expected the answer of a tornchat"):
        ask(peer(data), "rooms", {})


def test_error_of_another_version_keeps_its_words(peer):
    with pytest.raises(Internal, match="quite new"):
        ask(peer(b'{"error": {"code": "teapot", "message": "quite new"}}\n'), "rooms", {})


def test_server_that_does_not_answer_is_given_up(tmp_path):
    with unixsocket.listen(tmp_path / NAME), pytest.raises(NoAnswer, match="does not answer"):
        ask(tmp_path / NAME, "rooms", {}, timeout=0.05)


def test_argument_that_is_no_text_is_refused_before_anything_is_sent(tmp_path):
    with pytest.raises(BadRequest, match="UTF-8"):
        ask(tmp_path / NAME, "room", {"name": "\udcff"})
