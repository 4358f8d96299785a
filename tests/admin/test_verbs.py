"""All verbs there are: who may ask for them, and what of them must never be written down."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import tornchat.admin
from tornchat.admin.verbs import Rule

FOR_MODERATORS = {
    # what is about a room
    "rooms", "room", "set_room", "lock_room", "rotate_room", "find_rooms",
    "tokens", "create_token", "revoke_token", "find_tokens",
    "bans", "add_ban", "remove_ban", "find_bans", "kick", "mute", "people", "seen",
    "messages", "search", "delete_messages", "delete_of", "call_off", "pending",
    # what is about oneself
    "set_password", "enable_second_factor", "disable_second_factor", "sign_out_everywhere",
}  # fmt: skip
SECRETS = {"password", "old", "new", "code", "totp", "secret", "token", "text", "topic", "title"}
HARMLESS = {("set_setting", "text")}
"""The configuration has names of files, and no secret."""


def verbs() -> Iterator[tuple[str, Rule, Any]]:
    """Yield every verb of every section, whether it is wired or not."""
    for module in pkgutil.iter_modules(tornchat.admin.__path__, "tornchat.admin."):
        found = import_module(module.name)
        for _, section in inspect.getmembers(found, inspect.isclass):
            if section.__module__ != module.name:
                continue
            for name, method in inspect.getmembers(section, inspect.isfunction):
                rule = getattr(method, "__verb__", None)
                if isinstance(rule, Rule):
                    yield name, rule, method


ALL = list(verbs())


def test_moderators_of_single_rooms_may_this_and_nothing_else() -> None:
    assert {name for name, rule, _ in ALL if rule.moderators} <= FOR_MODERATORS
    assert len(ALL) > 30


@pytest.mark.parametrize(("name", "rule", "method"), ALL, ids=[name for name, _, _ in ALL])
def test_verb_for_moderators_knows_its_room_or_who_asks(name: str, rule: Rule, method: Any) -> None:
    parameters = inspect.signature(method).parameters
    if rule.moderators:
        assert rule.room is not None or "actor" in parameters
    if isinstance(rule.room, str):
        assert rule.room in parameters


@pytest.mark.parametrize(("name", "rule", "method"), ALL, ids=[name for name, _, _ in ALL])
def test_no_secret_of_a_change_is_written_down(name: str, rule: Rule, method: Any) -> None:
    if rule.reads:
        return
    parameters = set(inspect.signature(method).parameters)
    open_ones = (parameters & SECRETS) - rule.secret
    assert {(name, parameter) for parameter in open_ones} <= HARMLESS
