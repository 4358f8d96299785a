"""A running process as /proc shows it."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine, by its id."""

    pid: int

    @property
    def _folder(self) -> Path:
        return Path(f"/proc/{self.pid}")

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def rss_kb(self) -> int:
        """Return the memory in use, in KiB."""
        return self._status("VmRSS")

    def peak_kb(self) -> int:
        """Return the most memory that was ever in use, in KiB."""
        return self._status("VmHWM")

    def threads(self) -> int:
        return self._status("Threads")

    def fd_count(self) -> int:
        return len(self.open_files())

    def open_files(self) -> list[str]:
        """Return what each descriptor stands for, such as `socket:[4711]` or a path."""
        found = []
        for link in (self._folder / "fd").iterdir():
            try:
                found.append(str(link.readlink()))
            except FileNotFoundError:
                continue  # closed meanwhile
        return found

    def cpu_seconds(self) -> float:
        """Return the time spent on processors, in user and kernel mode."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def command(self) -> str:
        return (self._folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()

    def children(self) -> list[Self]:
        text = (self._folder / "task" / str(self.pid) / "children").read_text()
        return [type(self)(int(pid)) for pid in text.split()]

    def descendant(self, word: str) -> Self:
        """Return the deepest child of children whose command has this word, else itself."""
        for child in self.children():
            if word in child.command():
                return child.descendant(word)
        return self

    def _status(self, key: str) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == key:
                return int(value.split()[0])
        raise KeyError(key)
