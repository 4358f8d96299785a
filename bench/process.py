"""Child processes: pinned to a core, spoken to by lines, with a time limit on every answer.

Every child is ended by its own process object; nothing else on the machine is touched.
"""

import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
ROOT = Path(__file__).parent.parent
STOP_SECONDS = 15.0


class ChildError(Exception):
    """A child died, or did not answer in time; says what it last wrote to standard error."""


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Run on one core for a while, so that a child started meanwhile stays there."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Child:
    """A program that answers in lines on standard output.

    `with Child(command, core=0, folder=folder) as child` starts it in `folder`, where its standard
    error is kept as stderr.txt; leaving ends it, politely first.
    """

    def __init__(self, command: Sequence[str], *, core: int | None, folder: Path) -> None:
        self._errors = folder / "stderr.txt"
        self._said = b""
        path = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        own = {k: v for k, v in os.environ.items() if not k.startswith("TORNCHAT_")}
        with self._errors.open("w") as errors, pinned(core):
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**own, **path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def say(self, line: str) -> None:
        """Send one line."""
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def line(self, timeout: float) -> str:
        """Return the next line. Raises ChildError where none comes in `timeout`."""
        assert self._process.stdout
        pipe, until = self._process.stdout.fileno(), time.monotonic() + timeout
        while b"\n" not in self._said:
            left = until - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise ChildError(f"no answer in {timeout:.0f} s{self._last_words()}")
            data = os.read(pipe, 65536)
            if not data:
                raise ChildError(f"exit code {self._process.wait()}{self._last_words()}")
            self._said += data
        line, _, self._said = self._said.partition(b"\n")
        return line.decode()

    def memory_kb(self) -> int:
        """Return how much memory is resident."""
        statm = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * PAGE_KB

    def _last_words(self) -> str:
        lines = self._errors.read_text(encoding="utf-8", errors="replace").splitlines()
        return f": {lines[-1]}" if lines else ""
