"""Who is measured: names, versions, and what is said to them."""

import json
import re
import sys
from pathlib import Path

import pytest

from bench import markers
from bench.contenders import CONTENDERS, chosen
from tornchat.protocol import decode_command

BENCH = Path(__file__).parent.parent.parent / "bench"
TORNCHAT = next(one for one in CONTENDERS if one.name == "tornchat")


def test_all_are_chosen_where_none_is_named():
    assert chosen("") == list(CONTENDERS)


def test_chosen_keep_the_order_of_rounds():
    assert [one.name for one in chosen("tornchat, floor-c")] == ["floor-c", "tornchat"]


def test_unknown_peer_is_named():
    with pytest.raises(ValueError, match="phoenix"):
        chosen("tornchat,phoenix")


def test_node_packages_are_pinned_as_titled_and_name_no_registry():
    package = json.loads((BENCH / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((BENCH / "package-lock.json").read_text(encoding="utf-8"))
    titles = {one.title for one in CONTENDERS}
    assert f"sockjs-node {package['dependencies']['sockjs']}" in titles
    assert f"socket.io {package['dependencies']['socket.io']}" in titles
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    assert all("resolved" not in entry for entry in lock["packages"].values())


@pytest.mark.parametrize("one", CONTENDERS, ids=lambda one: one.name)
def test_published_text_holds_one_marker(one):
    text = markers.filled(one.wire.publish, number=5)
    assert markers.numbers(text.encode()) == [5]
    assert text.count("~") == 1  # the generator in C looks for nothing else


@pytest.mark.parametrize("text", [*TORNCHAT.wire.pre, TORNCHAT.wire.publish])
def test_tornchat_understands_its_commands(text):
    (command,) = json.loads(markers.filled(text, index=3, number=9))
    assert decode_command(command)


def test_generators_in_python_and_c_are_started_alike():
    usage = re.compile(r"HOST PORT N PATH READY PUBLISH SPREAD \[PRE \.\.\.\]")
    assert usage.search((BENCH / "load.py").read_text(encoding="utf-8"))
    assert usage.search((BENCH / "native" / "load.c").read_text(encoding="utf-8"))


def test_tornchat_runs_on_our_python_with_its_limits_off(tmp_path):
    command = TORNCHAT.command(tmp_path)
    assert command[0] == sys.executable
    config = (tmp_path / "tornchat.conf").read_text(encoding="utf-8")
    assert "messages_per_second = 0" in config and "joins_per_second = 0" in config
