"""What this machine offers: cores, files, a C compiler, Node, the price of a sync.

No host names, no paths: what it says of itself is printed and published.
"""

import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
BUILD = HERE / "build"
SYNCS = 100
AVAILABLE = tuple(sorted(os.sched_getaffinity(0)))
"""The cores we may use; read before we pin ourselves to one."""


def cores() -> tuple[int | None, int | None]:
    """Return the core of the servers and that of the generators; None where there is but one."""
    return (AVAILABLE[0], AVAILABLE[1]) if len(AVAILABLE) > 1 else (None, None)


@cache
def compiled(name: str) -> Path | None:
    """Return native/`name`.c as a program, or None where there is no C compiler."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if not compiler:
        return None
    BUILD.mkdir(exist_ok=True)
    program, source = BUILD / name, HERE / "native" / f"{name}.c"
    command = [compiler, "-O2", "-o", str(program), str(source)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return program if done.returncode == 0 else None


@cache
def node() -> str | None:
    """Return the path of Node, with the peers' packages installed, or None."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if not found:
        return None
    if npm and not (HERE / "node_modules" / "sockjs").is_dir():
        command = [npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=HERE, capture_output=True, timeout=180, check=False)
    return found if (HERE / "node_modules" / "sockjs").is_dir() else None


def allow_many_files() -> int:
    """Raise the limit of open files as far as it goes, for us and our children. Returns it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def sync_ms(folder: Path) -> float:
    """Return what it costs to have 4 KiB on disk in `folder`, as a median in milliseconds."""
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(SYNCS):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - start)
    return 1000 * median(taken)


def facts() -> dict[str, str]:
    """Return what a reader must know of the machine, as names and values."""
    return {
        "Cores": str(len(AVAILABLE)),
        "Processor": _processor(),
        "Kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        "Node": _node_version(),
        "Load before": f"{os.getloadavg()[0]:.1f}",
        "A sync of 4 KiB": f"{sync_ms(_build()):.2f} ms",
    }


def _build() -> Path:
    BUILD.mkdir(exist_ok=True)
    return BUILD


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _node_version() -> str:
    found = node()
    if not found:
        return "none"
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().removeprefix("v")
