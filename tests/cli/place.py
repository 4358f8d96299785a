"""A command line run as a process, and what a refusal of one line looks like."""

import subprocess
from pathlib import Path

from tests.server import TORNCHAT, environment


def process(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command line as a process without a terminal or standard input."""
    return subprocess.run(
        [*TORNCHAT, *arguments],
        cwd=folder,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert (result.returncode, result.stdout) == (code, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("tornchat: ")
    return result.stderr
