"""`tornchat room`: on the database itself, since no server runs here."""

import re

import pytest

from tornchat.cli import options


def test_list_shows_every_room(say):
    say("room", "create", "den", "--access", "private", "--no-guests")
    assert say("room", "list") == [
        "ROOM   TITLE  ACCESS   GUESTS  PRESENT  ENTRIES  LAST",
        "den    den    private  no            0        0  -",
        "help   Help   public   yes           0        0  -",
        "lobby  Lobby  public   yes           0        0  -",
    ]


def test_list_as_json_is_one_list(answer):
    found = answer("room", "list")
    assert [room["name"] for room in found] == ["help", "lobby"]
    assert found[1]["topic"] == "Come in, say hello"


def test_list_says_what_to_do_where_no_room_is(say):
    for name in ("help", "lobby"):
        say("room", "delete", name, "--yes")
    assert say("room", "list") == ["No rooms yet: tornchat room create NAME"]


def test_show_tells_every_setting(say):
    shown = dict(line.split("  ", 1) for line in say("room", "show", "lobby"))
    assert {name.strip(): value.strip() for name, value in shown.items()} == {
        "name": "lobby",
        "title": "Lobby",
        "topic": "Come in, say hello",
        "access": "public",
        "guests may write": "yes",
        "locked": "no",
        "slow mode": "off",
        "join lines": "yes",
        "unwelcome words": "-",
        "sites": "all",
        "shown by pages of": "-",
        "history age": "as in [rooms]",
        "history messages": "as in [rooms]",
        "people now": "0",
        "entries": "0 (1 to 0)",
        "last entry": "-",
        "made": shown_moment(shown),
    }


def shown_moment(shown):
    return next(value.strip() for name, value in shown.items() if name.startswith("made"))


def test_created_room_has_what_was_said_and_else_what_rooms_says(answer, data):
    conf = data.parent / "tornchat.conf"
    conf.write_text("[rooms]\ndefault_access = read-only\n[site shop]\nkey_file = shop.key\n")
    (data.parent / "shop.key").write_text("k" * 32)
    made = answer(
        "room", "create", "den", "--title", "The den", "--topic", "quiet", "--sites", "shop",
        "--origins", "https://A.example:443, http://b.example:81", "--history-age", "90d",
        "--history-messages", "0",
    )  # fmt: skip
    assert made == answer("room", "show", "den")
    assert (
        made
        | {
            "title": "The den",
            "topic": "quiet",
            "access": "read-only",
            "guests": True,
            "sites": ["shop"],
            "origins": ["https://a.example", "http://b.example:81"],
            "history_age": 90 * 86400,
            "history_messages": 0,
        }
        == made
    )


def test_set_changes_what_was_said_and_nothing_else(answer, data):
    (data.parent / "tornchat.conf").write_text("[site shop]\nkey_file = shop.key\n")
    (data.parent / "shop.key").write_text("k" * 32)
    answer("room", "create", "den", "--topic", "quiet", "--history-age", "1d", "--sites", "shop")
    before = answer("room", "show", "den")
    changed = answer(
        "room", "set", "den", "--no-guests", "--access", "private", "--history-age", "default",
        "--sites", "", "--origins", "https://a.example",
    )  # fmt: skip
    assert changed == answer("room", "show", "den")
    assert changed == before | {
        "guests": False, "access": "private", "history_age": None, "sites": [], "version": 2,
        "origins": ["https://a.example"],
    }  # fmt: skip


def test_settings_of_the_conversation_are_set_and_shown(say, answer):
    answer(
        "room", "set", "lobby", "--slow-mode", "5m", "--no-join-lines", "--words", "darn, spam*",
    )  # fmt: skip
    shown = "\n".join(say("room", "show", "lobby"))
    for line in (r"slow mode +5m", r"join lines +no", r"unwelcome words +darn, spam\*"):
        assert re.search(line, shown), line
    changed = answer("room", "set", "lobby", "--slow-mode", "0", "--words", "", "--join-lines")
    assert (changed["slow_mode"], changed["words"], changed["join_lines"]) == (0, [], True)
    made = answer("room", "create", "den", "--slow-mode", "90s", "--words", "darn")
    assert (made["slow_mode"], made["words"]) == (90, ["darn"])


def test_room_is_locked_and_unlocked(say, answer):
    assert say("room", "lock", "lobby") == ["Room lobby is locked: only moderators write."]
    assert answer("room", "show", "lobby")["locked"]
    assert say("room", "unlock", "lobby") == ["Room lobby is unlocked."]
    assert not answer("room", "show", "lobby")["locked"]
    assert answer("room", "lock", "lobby") == answer("room", "show", "lobby")


def test_room_is_put_into_the_archive_and_taken_out(say, answer):
    assert say("room", "archive", "lobby") == ["Room lobby is archived."]
    assert [bool(room["archived"]) for room in answer("room", "list")] == [False, True]
    assert any("archived" in line for line in say("room", "show", "lobby"))
    assert say("room", "unarchive", "lobby") == ["Room lobby is back."]
    assert answer("room", "unarchive", "lobby")["archived"] is None


def test_set_without_anything_to_set_is_wrong_usage(refusal):
    assert "say what to change" in refusal(2, "room", "set", "lobby")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--history-age", "soon"],
        ["--history-messages", "-1"],
        ["--history-messages", "many"],
        ["--access", "secret"],
        ["--slow-mode", "fast"],
        ["--no-such"],
    ],
)
def test_wrong_value_of_an_option_is_wrong_usage(refusal, arguments):
    refusal(2, "room", "set", "lobby", *arguments)


def test_wrong_duration_says_what_was_expected(refusal):
    said = refusal(2, "room", "set", "lobby", "--history-age", "soon")
    assert "expected a duration such as 90s, 10m, 1h, 2d or 1w, got 'soon'" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["room", "show", "attic"], "no room 'attic'"),
        (["room", "set", "attic", "--guests"], "no room 'attic'"),
        (["room", "rotate", "attic"], "no room 'attic'"),
        (["room", "lock", "attic"], "no room 'attic'"),
        (["room", "archive", "attic"], "no room 'attic'"),
        (["room", "set", "lobby", "--slow-mode", "7h"], "slow_mode: expected"),
        (["room", "set", "lobby", "--words", "a*b"], "words: expected"),
        (["room", "delete", "attic", "--yes"], "no room 'attic'"),
        (["room", "create", "lobby"], "lobby"),
        (["room", "create", "No Name"], "room: expected a name of"),
        (["room", "create", "den", "--title", "a\nb"], "title: expected one line"),
        (["room", "create", "den", "--sites", "nowhere"], "no [site nowhere]"),
        (["room", "create", "den", "--title", "\udcff"], "UTF-8"),
    ],
)
def test_refused_command_is_one_line_and_exit_code_1(refusal, arguments, words):
    assert words in refusal(1, *arguments)


def test_rotation_shows_the_new_invite_once(say, answer):
    say("room", "create", "den", "--access", "private")
    old = answer("token", "create", "den")["token"]
    lines = say("room", "rotate", "den", "--role", "moderate")
    token, link = (line.split()[1] for line in lines[1:3])
    assert link.endswith(f"/r/den#invite={token}")
    assert lines[-1] == "It will not be shown again."
    assert [t["usable"] for t in answer("token", "list", "den")] == [True, False]
    assert answer("token", "check", token) == {"ok": True} | answer("token", "check", token)
    assert token not in "".join(say("token", "list", "--json")) and old != token


def test_rotation_as_json_is_one_object(say, answer):
    made = answer("room", "rotate", "lobby")
    assert made["link"].endswith("#invite=" + made["invite"])
    assert made["token"]["room"] == "lobby"


def test_delete_needs_a_yes_where_nobody_can_be_asked(refusal, answer):
    assert "--yes" in refusal(2, "room", "delete", "lobby")
    assert len(answer("room", "list")) == 2


@pytest.fixture
def terminal(monkeypatch):
    """Let standard input be a terminal."""
    monkeypatch.setattr(options, "can_ask", lambda: True)


def test_delete_asks_on_a_terminal(terminal, run, data, answer):
    result = run("room", "delete", "lobby", input="y\n")
    assert "Delete room lobby with its 0 entries? It cannot be undone. [y/N]" in result.stderr
    assert (result.exit_code, result.stdout) == (0, "Room lobby is deleted, with its 0 entries.\n")
    assert [room["name"] for room in answer("room", "list")] == ["help"]


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_delete_is_left_undone_without_a_yes(terminal, run, data, answer, typed):
    assert run("room", "delete", "lobby", input=typed).exit_code == 1
    assert len(answer("room", "list")) == 2


def test_delete_of_a_missing_room_asks_nothing(terminal, refusal):
    assert refusal(1, "room", "delete", "attic", input="y\n") == "tornchat: no room 'attic'\n"
