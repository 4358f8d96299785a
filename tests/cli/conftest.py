"""An empty folder to stand in, a command line in this process, and a database to work on."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tornchat.cli import main
from tornchat.config.document import sample_file
from tornchat.config.keys import STARTER_ROOMS
from tornchat.store import Store


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder):
    """Run a command line in this process."""
    return lambda *arguments, **more: CliRunner().invoke(main, arguments, **more)


@pytest.fixture
def data(folder) -> Path:
    """The data folder of a server that was here and is gone, with the two rooms of its file."""
    (folder / "tornchat.conf").write_text(sample_file())
    store = Store.open(folder / "data")
    store.ensure_rooms((name, *about.values()) for name, about in STARTER_ROOMS.items())
    store.close()
    return folder / "data"


@pytest.fixture
def say(run, data):
    """Run a command that works, and return its lines."""

    def say(*arguments, **more):
        result = run(*arguments, **more)
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    return say


@pytest.fixture
def answer(say):
    """Run a command that works, and return what it says as JSON."""
    return lambda *arguments, **more: json.loads("\n".join(say(*arguments, "--json", **more)))


@pytest.fixture
def refusal(run, data):
    """Run a command that is refused with an exit code, and return its line."""

    def refusal(code, *arguments, **more):
        result = run(*arguments, **more)
        assert (result.exit_code, result.stdout) == (code, ""), result.output
        assert code == 2 or len(result.stderr.splitlines()) == 1
        return result.stderr

    return refusal
