"""The front end's own tests, which run under Node: every file below tests/front that has some."""

import subprocess
from pathlib import Path

import pytest

FRONT = Path(__file__).parent / "front"
FILES = [path for path in sorted(FRONT.rglob("*.js")) if "node:test" in path.read_text("utf-8")]


@pytest.mark.node
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FRONT).as_posix())
def test_front_end(path, node):
    done = subprocess.run(
        [node, "--test", path], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_front_end_has_tests():
    assert FILES
