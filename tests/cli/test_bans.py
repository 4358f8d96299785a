"""`tornchat ban`: on the database itself, since no server runs here."""

import pytest


def test_address_is_banned_for_a_while_with_a_reason(say, answer):
    assert say("ban", "add", "203.0.113.7", "--expires", "2d", "--reason", "spam") == [
        "Banned for 2d: 203.0.113.7 (ban 1)."
    ]
    (ban,) = answer("ban", "list")
    assert (ban["place"], ban["person"], ban["reason"]) == ("203.0.113.7", None, "spam")
    # It counts from when it was asked for, and was written some milliseconds later.
    assert abs(ban["expires"] - ban["created"] - 2 * 86400 * 1000) < 1000


@pytest.mark.parametrize("who", ["2001:db8::1", "2001:db8::/64"])
def test_ipv6_address_stands_for_its_network(answer, who):
    assert answer("ban", "add", who)["place"] == "2001:db8::/64"


def test_person_is_banned_for_good(say, answer):
    assert say("ban", "add", "g_0123456789abcdef") == [
        "Banned for good: g_0123456789abcdef (ban 1)."
    ]
    assert answer("ban", "list")[0]["person"] == "g_0123456789abcdef"


def test_list_shows_who_how_long_and_why(say):
    say("ban", "add", "203.0.113.7", "--expires", "2d", "--reason", "spam")
    say("ban", "add", "g_0123456789abcdef")
    head, *lines = (" ".join(line.split()) for line in say("ban", "list"))
    assert head == "ID WHO KIND WHERE LASTS SINCE BY TRIES REASON"
    assert lines[0].startswith("2 g_0123456789abcdef ban everywhere for good ")
    assert lines[1].startswith("1 203.0.113.7 ban everywhere for 2d ")
    assert lines[1].endswith("command line 0 spam")


def test_person_is_muted_in_a_room_and_listed_there(say, answer):
    say("room", "create", "tea")
    assert say("ban", "add", "g_1", "--room", "tea", "--mute", "--expires", "10m") == [
        "Muted in tea for 10m: g_1 (mute 1)."
    ]
    say("ban", "add", "203.0.113.7", "--room", "tea")
    say("ban", "add", "g_2")
    assert [ban["person"] for ban in answer("ban", "list", "--mute")] == ["g_1"]
    assert [ban["id"] for ban in answer("ban", "list", "--room", "tea")] == [2, 1]
    assert [ban["id"] for ban in answer("ban", "list", "--room", "tea", "--mute")] == [1]
    mute = next(line for line in say("ban", "list") if "g_1" in line)
    assert " ".join(mute.split()).startswith("1 g_1 mute tea for 10m ")
    assert say("ban", "remove", "1") == ["Lifted: the mute of g_1."]
    assert say("ban", "list", "--mute") == ["Nobody is muted."]


def test_lifted_ban_is_named_and_gone(say, answer):
    say("ban", "add", "203.0.113.7")
    assert say("ban", "remove", "1") == ["Lifted: the ban of 203.0.113.7."]
    assert say("ban", "list") == ["Nobody is banned."]
    assert answer("ban", "add", "203.0.113.8")["place"] == "203.0.113.8"


def test_ban_and_its_end_as_json_are_one_object(answer):
    made = answer("ban", "add", "203.0.113.7")
    assert answer("ban", "remove", str(made["id"])) == made


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "10.0.0.0/8"], "place: expected"),
        (["add", "two words"], "person: expected"),
        (["add", "x", "--reason", "a\nb"], "reason: expected"),
        (["add", "g_1", "--room", "cellar"], "no room 'cellar'"),
        (["list", "--room", "cellar"], "no room 'cellar'"),
        (["remove", "7"], "no ban 7"),
    ],
)
def test_refused_command_is_one_line_and_exit_code_1(refusal, arguments, words):
    assert words in refusal(1, "ban", *arguments)


@pytest.mark.parametrize(
    "arguments", [["add"], ["remove"], ["remove", "x"], ["add", "x", "--expires", "0"]]
)
def test_wrong_usage_is_exit_code_2(refusal, arguments):
    refusal(2, "ban", *arguments)
