"""The socket as a file: whose it is, what happens to one that lies there, and to long paths."""

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest

from tests.control.place import Rows, serving
from tornchat.admin.office import Office
from tornchat.control import NAME, ControlServer, NobodyListens, ask, unixsocket
from tornchat.errors import ListenError


@pytest.fixture
def open_mask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_socket_is_for_its_owner_alone_from_the_bind_on(tmp_path, open_mask, monkeypatch):
    """With a folder open to all, an open mask, and nobody able to change a mode later."""
    tmp_path.chmod(0o777)
    for name in ("chmod", "fchmod", "lchmod"):
        monkeypatch.delattr(os, name, raising=False)
    seen = []
    listen = socket.socket.listen

    class Watched(socket.socket):
        def listen(self, *backlog):
            seen.append(stat.S_IMODE((tmp_path / NAME).stat().st_mode))
            listen(self, *backlog)

    monkeypatch.setattr(socket, "socket", Watched)
    unixsocket.listen(tmp_path / NAME).close()
    assert seen == [0o600]


def test_mask_is_put_back(tmp_path, open_mask):
    unixsocket.listen(tmp_path / NAME).close()
    assert os.umask(0) == 0


def test_socket_is_removed_at_the_stop(tmp_path):
    async def scenario():
        async with serving(tmp_path):
            assert stat.S_ISSOCK((tmp_path / NAME).stat().st_mode)

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


def test_stop_without_a_start_does_nothing(tmp_path):
    asyncio.run(ControlServer(Office([], Rows()), tmp_path / NAME).stop())


def test_stop_where_the_socket_is_gone_already(tmp_path):
    async def scenario():
        async with serving(tmp_path) as path:
            path.unlink()

    asyncio.run(scenario())


def test_stale_socket_is_replaced(tmp_path):
    unixsocket.listen(tmp_path / NAME).close()
    with pytest.raises(NobodyListens):
        ask(tmp_path / NAME, "rooms", {})

    async def scenario():
        async with serving(tmp_path) as path:
            return await asyncio.to_thread(ask, path, "room", {"name": "den"})

    assert asyncio.run(scenario()) == {"name": "den"}


def a_link(path):
    path.symlink_to("x")


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, a_link])
def test_something_else_of_that_name_is_left_alone_and_told(tmp_path, make):
    make(tmp_path / NAME)
    with pytest.raises(ListenError, match="something else has this name"):
        unixsocket.listen(tmp_path / NAME)
    assert os.path.lexists(tmp_path / NAME)


def test_missing_folder_is_one_clear_line(tmp_path):
    with pytest.raises(ListenError, match=r"control socket .*No such file"):
        unixsocket.listen(tmp_path / "none" / NAME)


@pytest.mark.parametrize("length", [106, 107, 108, 109, 200])
def test_path_may_be_longer_than_an_address(tmp_path, length):
    folder = tmp_path / ("f" * (length - len(str(tmp_path)) - len(NAME) - 2))
    folder.mkdir()

    async def scenario():
        async with serving(folder) as path:
            assert len(os.fsencode(path)) == length
            assert [p.name for p in folder.iterdir()] == [NAME]
            return await asyncio.to_thread(ask, path, "room", {"name": "den"})

    assert asyncio.run(scenario()) == {"name": "den"}
    assert list(folder.iterdir()) == []


def test_long_path_is_told_in_one_line_where_there_is_no_way_round(tmp_path, monkeypatch):
    folder = tmp_path / ("f" * 120)
    folder.mkdir()
    monkeypatch.setattr(unixsocket, "FOLDERS", "/nowhere/{}")
    with pytest.raises(ListenError, match="longer than 107 bytes"):
        unixsocket.listen(folder / NAME)
    with pytest.raises(NobodyListens, match="longer than 107 bytes"):
        ask(folder / NAME, "rooms", {})


def test_no_descriptor_is_left_by_a_long_path(tmp_path):
    folder = tmp_path / ("f" * 150)
    folder.mkdir()
    before = len(os.listdir("/proc/self/fd"))
    unixsocket.listen(folder / NAME).close()
    with pytest.raises(NobodyListens):
        ask(folder / NAME, "rooms", {})
    assert len(os.listdir("/proc/self/fd")) == before
