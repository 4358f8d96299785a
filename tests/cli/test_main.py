"""The command line as a whole: version, help, wrong usage."""

import pytest

from tests.cli.place import assert_refused, process
from tornchat import __version__


def test_version_is_printed(run):
    assert run("--version").output == f"tornchat {__version__}\n"


def test_module_is_the_command(folder):
    assert process(folder, "--version").stdout == f"tornchat {__version__}\n"


def test_help_names_every_command(run):
    out = run("--help").output
    assert all(f"\n  {name} " in out for name in ("serve", "config", "backup", "restore"))


def test_refusal_holds_no_control_characters(folder):
    said = assert_refused(process(folder, "--config", "a\x1b[2J\nb"), 2)
    assert "a\\x1b[2J\\nb: there is no such" in said


@pytest.mark.parametrize("arguments", [["--no-such"], ["nothing"], ["backup"], ["config"]])
def test_wrong_usage_is_exit_code_2(run, arguments):
    assert run(*arguments).exit_code == 2
