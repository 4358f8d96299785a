"""`tornchat token`: on the database itself, since no server runs here."""

import json
import re
import time

import pytest

TEXT = r"t[ck]_[A-Za-z0-9_-]{43}"


def test_invite_is_shown_once_with_its_link(say):
    lines = say("token", "create", "lobby", "--uses", "1", "--expires", "2d", "--label", "Ann")
    assert lines[0] == "Invite 1 (Ann) to room lobby, role write, for one person, valid for 2d:"
    token, link = (line.split()[1] for line in lines[1:3])
    assert re.fullmatch(TEXT, token) and token.startswith("tc_")
    assert link == f"http://127.0.0.1:8000/r/lobby#invite={token}"
    assert lines[3:] == ["It will not be shown again."]
    assert token not in "".join(say("token", "list", "--json"))


def test_link_begins_with_the_configured_address(answer, data):
    (data.parent / "tornchat.conf").write_text("[server]\nbase_url = https://a.example/chat\n")
    made = answer("token", "create", "lobby")
    assert made["link"] == f"https://a.example/chat/r/lobby#invite={made['token']}"


@pytest.mark.parametrize(
    ("listen", "start"),
    [
        (":9000", "http://localhost:9000/r/"),
        ("0.0.0.0:9000", "http://localhost:9000/r/"),
        ("[::]:9000", "http://localhost:9000/r/"),
        ("[::1]:9000", "http://[::1]:9000/r/"),
        ("127.0.0.1:0", "r/"),
    ],
)
def test_link_begins_where_the_server_listens(answer, data, listen, start):
    (data.parent / "tornchat.conf").write_text(f"[server]\nlisten = {listen}\n")
    for made in (answer("token", "create", "lobby"), answer("room", "rotate", "lobby")):
        assert made["link"].startswith(f"{start}lobby#invite=tc_")


def test_key_has_no_link_and_may_be_for_a_pattern(say):
    lines = say("token", "create", "support-*", "--key", "--role", "moderate")
    assert lines[0] == "API key 1 for support-*, role moderate:"
    assert re.fullmatch(rf"  token  {TEXT}", lines[1])
    assert lines[2:] == ["It will not be shown again."]


def test_created_token_as_json_is_one_object(answer):
    made = answer("token", "create", "lobby", "--expires", "10m", "--uses", "3")
    assert re.fullmatch(TEXT, made["token"])
    assert abs(made["expires"] - made["created"] - 600_000) < 1000
    assert (made["room"], made["role"], made["uses"], made["usable"]) == ("lobby", "write", 3, True)
    assert "digest" not in made


@pytest.mark.parametrize(
    "arguments",
    [
        ["--expires", "soon"],
        ["--expires", "0"],
        ["--expires", "-1d"],
        ["--uses", "0"],
        ["--role", "king"],
        ["--key", "--uses", "1"],
    ],
)
def test_wrong_value_of_an_option_is_wrong_usage(refusal, arguments):
    refusal(2, "token", "create", "lobby", *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create", "attic"], "no room 'attic'"),
        (["create", "support-*"], "room"),
        (["create", "lobby", "--label", "x" * 101], "label: expected one line"),
        (["create", "lobby", "--expires", "5300w"], "expires: expected"),
        (["revoke", "7"], "no token 7"),
        (["list", "No Room"], "room: expected"),
    ],
)
def test_refused_command_is_one_line_and_exit_code_1(refusal, arguments, words):
    assert words in refusal(1, "token", *arguments)


def test_list_shows_kind_use_and_validity(say, monkeypatch):
    say("token", "create", "lobby", "--expires", "2d", "--uses", "5", "--label", "friends")
    say("token", "create", "support-*", "--key")
    say("token", "create", "lobby", "--expires", "10m")
    say("token", "create", "help")
    say("token", "revoke", "4")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7200)
    assert say("token", "list") == [
        "ID  KIND    ROOM       ROLE   LABEL    USED  VALID    LAST USE",
        " 4  invite  help       write  -           0  revoked  -",
        " 3  invite  lobby      write  -           0  expired  -",
        " 2  key     support-*  write  -           -  always   -",
        " 1  invite  lobby      write  friends   0/5  for 46h  -",
    ]
    assert [line.split()[0] for line in say("token", "list", "lobby")] == ["ID", "3", "1"]


def test_empty_list_says_what_to_do(say, answer):
    assert say("token", "list") == ["No tokens: tornchat token create ROOM"]
    assert answer("token", "list") == []


def test_revoked_token_is_named(say, answer):
    say("token", "create", "lobby", "--label", "Ann")
    assert say("token", "revoke", "1") == ["Revoked: invite 1 (Ann) to room lobby."]
    assert answer("token", "revoke", "1")["usable"] is False


def test_check_says_yes_in_words_with_exit_code_0(say, answer):
    token = answer("token", "create", "lobby")["token"]
    (line,) = say("token", "check", token)
    assert line.startswith("ok: ") and "lobby" in line and token not in line


@pytest.mark.parametrize("text", ["junk", "tc_short", "tc_" + "x" * 43, "a.b.c"])
def test_check_says_no_in_words_with_exit_code_1(run, data, text):
    result = run("token", "check", text)
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith("refused: ") and text not in result.stdout
    found = run("token", "check", text, "--json")
    assert (found.exit_code, json.loads(found.stdout)["ok"]) == (1, False)


def test_check_takes_a_link_and_standard_input(say, answer):
    link = answer("token", "create", "lobby")["link"]
    assert say("token", "check", link)[0].startswith("ok: ")
    assert say("token", "check", "-", input=f"{link}\n")[0].startswith("ok: ")
    assert say("token", "check", input=f"  {link}\n")[0].startswith("ok: ")


def test_check_asks_on_a_terminal_without_showing_what_is_typed(say, answer, run, monkeypatch):
    token = answer("token", "create", "lobby")["token"]
    monkeypatch.setattr("tornchat.cli.options.can_ask", lambda: True)
    result = run("token", "check", input=f"{token}\n")
    assert result.stdout.startswith("ok: ")
    assert result.stderr.startswith("Token: ") and token not in result.stderr
