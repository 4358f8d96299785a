"""`tornchat admin`: on the database itself, since no server runs here."""

import pytest


def test_admin_is_made_with_a_link_that_is_shown_once(say, answer):
    head, link = say("admin", "add", "Ann")
    assert head == "For Ann, once, within 30 minutes:"
    assert "/admin/setup#" in link
    (account,) = answer("admin", "list")
    assert (account["name"], account["rooms"], account["ready"]) == ("Ann", None, False)
    assert link.rpartition("#")[2] not in str(account)


def test_moderator_is_in_charge_of_the_rooms_that_were_named(say, answer):
    say("admin", "add", "mo", "--room", "garden", "--room", "den")
    assert answer("admin", "list")[0]["rooms"] == ["den", "garden"]
    assert say("admin", "set", "mo", "--everything") == ["mo is in charge of everything."]
    assert answer("admin", "list")[0]["rooms"] is None
    assert say("admin", "set", "mo", "--room", "den") == ["mo is in charge of den."]


def test_link_as_json_says_whose_it_is_and_how_long_it_lasts(answer):
    made = answer("admin", "add", "Ann")
    again = answer("admin", "link")
    assert made["name"] == again["name"] == "Ann"
    assert made["link"] != again["link"]
    assert again["expires"] >= made["expires"] > 0


def test_link_without_an_account_is_for_the_first_admin(answer, say):
    assert answer("admin", "link")["name"] == "the first admin"
    assert say("admin", "list") == ["No accounts: tornchat admin add NAME"]


def test_link_without_a_name_needs_to_know_for_whom(say, refusal):
    say("admin", "add", "Ann")
    say("admin", "add", "Bob")
    assert "expected the name of one" in refusal(1, "admin", "link")


def test_list_shows_who_is_in_charge_of_what(say):
    say("admin", "add", "Ann")
    say("admin", "add", "mo", "--room", "den")
    head, *lines = (" ".join(line.split()) for line in say("admin", "list"))
    assert head == "NAME IN CHARGE OF PASSWORD CODE LAST LOGIN SIGNED IN"
    assert lines == ["Ann everything no no - 0", "mo den no no - 0"]


def test_removed_account_is_named_and_gone(say, answer):
    say("admin", "add", "Ann")
    assert say("admin", "remove", "ann") == ["Removed: the account Ann."]
    assert answer("admin", "list") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "a\u200bb"], "name: expected one line"),
        (["add", "x", "--room", "No Room"], "room: expected a name"),
        (["link", "nobody"], "no account 'nobody'"),
        (["remove", "nobody"], "no account 'nobody'"),
    ],
)
def test_refused_command_is_one_line_and_exit_code_1(refusal, arguments, words):
    assert words in refusal(1, "admin", *arguments)


def test_name_that_looks_like_another_is_refused(say, refusal):
    say("admin", "add", "Ann")
    assert "looks like it" in refusal(1, "admin", "add", "ANN")


@pytest.mark.parametrize(
    "arguments", [["add"], ["remove"], ["set", "x"], ["set", "x", "--everything", "--room", "den"]]
)
def test_wrong_usage_is_exit_code_2(refusal, arguments):
    refusal(2, "admin", *arguments)
