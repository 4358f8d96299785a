"""An empty folder to stand in, and a command line in this process."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tornchat.cli import main

pytest.register_assert_rewrite("tests.cli.place")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder):
    """Run a command line in this process."""
    return lambda *arguments: CliRunner().invoke(main, arguments)
