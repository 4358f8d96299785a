"""SIGHUP in a terminal: closing it ends the server, asking for a reload does not."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server import START_SECONDS, TORNCHAT, environment

ATTACH = "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
IGNORE = "signal.signal(signal.SIGHUP, signal.SIG_IGN); "
START = "os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """A server in a terminal of its own, which can be closed."""

    def __init__(self, folder: Path, launch: str) -> None:
        self.said = folder / "said"
        (folder / "tornchat.conf").write_text("[room lobby]\n")
        self.master, slave = pty.openpty()
        with self.said.open("w") as said:
            self.server = subprocess.Popen(
                [sys.executable, "-c", launch, *TORNCHAT, "--listen", "127.0.0.1:0"],
                cwd=folder,
                env=environment(),
                stdin=slave,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        os.close(slave)

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + START_SECONDS
        while text not in self.said.read_text():
            assert self.server.poll() is None, self.said.read_text()
            assert time.monotonic() < until, self.said.read_text()
            time.sleep(0.01)

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@contextmanager
def terminal(folder: Path, launch: str = ATTACH + START) -> Iterator[Terminal]:
    found = Terminal(folder, launch)
    try:
        found.wait_for("ready at")
        yield found
    finally:
        found.server.kill()
        found.server.wait()
        found.close()


def test_server_goes_with_its_terminal(tmp_path: Path) -> None:
    with terminal(tmp_path) as found:
        found.close()
        assert found.server.wait(START_SECONDS) == 0


def test_server_in_a_terminal_reads_its_configuration_again(tmp_path: Path) -> None:
    with terminal(tmp_path) as found:
        found.server.send_signal(signal.SIGHUP)
        found.wait_for("configuration read again")


def test_server_that_ignored_hangups_outlives_its_terminal(tmp_path: Path) -> None:
    with terminal(tmp_path, ATTACH + IGNORE + START) as found:
        found.close()
        found.wait_for("configuration read again")
        with pytest.raises(subprocess.TimeoutExpired):
            found.server.wait(0.2)
