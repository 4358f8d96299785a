"""Names: what is refused, what counts as the same, who gets a number."""

import pytest

from tornchat.access import names
from tornchat.errors import BadRequest


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Ann", "Ann"),
        ("  Ann   Lee ", "Ann Lee"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("Ａｎｎ", "Ann"),
        ("Jose\u0301", "José"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("नमस्ते", "नमस्ते"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("דוד", "דוד"),
    ],
)
def test_name_is_shown_in_one_form(raw: str, shown: str) -> None:
    assert names.clean(raw) == shown


@pytest.mark.parametrize(
    "raw",
    [
        "", "   ", "\u3000", "\u0301", "\u2800", "\u3164",
        "admin\u200b", "a\u200db", "\u200d", "x\u200d",
        "a\x00b", "a\nb", "a\tb", "a\r\nb", "a\x85b", "a\u2028b", "\ud800",
        "a\u202eb", "a\u2066b", "\u200fa", "\ufeffa", "a\u00adb", "\U000e0041x", "\ue000",
        "a" + "\u0335" * 5,
    ],
)  # fmt: skip
def test_name_with_what_nobody_sees_is_refused(raw: str) -> None:
    with pytest.raises(BadRequest, match=r"\Aname: "):
        names.clean(raw)


def test_name_length_counts_what_people_see() -> None:
    assert names.clean("👨\u200d👩\u200d👧" * 32)
    assert names.clean("🇩🇪" * 32)
    assert names.clean("e\u0323\u0302" * 32)
    with pytest.raises(BadRequest, match="at most 32"):
        names.clean("a" * 33)


def test_name_length_is_that_after_normalising() -> None:
    with pytest.raises(BadRequest, match="at most 32"):
        names.clean("\ufdfa" * 2)


def test_name_length_counts_letters_that_are_joined() -> None:
    with pytest.raises(BadRequest, match="at most 32"):
        names.clean("\u200d".join("中" * 33))


def test_name_of_a_megabyte_is_refused_unread() -> None:
    with pytest.raises(BadRequest, match="at most 32"):
        names.clean("a" * 1_000_000)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ANN"),
        ("Ann", "Αnn"),
        ("paypal", "рауpаl"),
        ("Вова", "вова"),
        ("Ian", "lan"),
        ("Bob", "B0b"),
        ("Tom", "Torn"),
        ("Ann", "A\u200bnn"),
        ("Ann", "𝐀nn"),
        ("Straße", "STRASSE"),
        ("ann", "ᴀɴɴ"),
    ],
)
def test_names_that_look_alike_count_as_one(one: str, other: str) -> None:
    assert names.fold(one) == names.fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ann", "Anna"), ("Ann", "Ann 2"), ("Ann 2", "Ann 3"), ("José", "Jose"), ("Νίκος", "Νίκη"),
     ("नमस्ते", "नमस्त"), ("Ann Lee", "AnnLee"), ("Guest 0100", "Guest 1000")],
)  # fmt: skip
def test_names_that_differ_count_as_two(one: str, other: str) -> None:
    assert names.fold(one) != names.fold(other)


@pytest.mark.parametrize(
    "name",
    [
        "admin", "Admin", "ADMIN", "аdmin", "ａｄｍｉｎ", "admin\u200b", "ádmin", "adm1n",
        "-admin-", "a.d.m.i.n", "ᴀᴅᴍɪɴ", "ΑDΜΙΝ", "rnoderator", "System", "Sуstеm", "server",
        "Admin 2", "TornChat", "moderator", "mod", "𝓼𝔂𝓼𝓽𝓮𝓶",
    ],
)  # fmt: skip
def test_name_of_somebody_in_charge_is_reserved(name: str) -> None:
    assert names.reserved(name)


@pytest.mark.parametrize("name", ["Ann", "Adam", "Admiral", "Moderna", "Modesty", "Serverus", "42"])
def test_name_of_somebody_else_is_not_reserved(name: str) -> None:
    assert not names.reserved(name)


@pytest.mark.parametrize(
    ("held", "name", "expected"),
    [
        ({"Ann"}, "Ann", "Ann 2"),
        ({"Ann", "Ann 2"}, "Ann", "Ann 3"),
        ({"Ann", *(f"Ann {n}" for n in range(2, 501))}, "Ann", "Ann 501"),
        ({"Ann 2"}, "Ann 2", "Ann 3"),
        ({"Agent 47"}, "Agent 47", "Agent 48"),
        ({"a" * 32}, "a" * 32, "a" * 30 + " 2"),
        ({"🇩🇪" * 32}, "🇩🇪" * 32, "🇩🇪" * 30 + " 2"),
    ],
)
def test_name_that_is_taken_gets_the_next_number(held: set[str], name: str, expected: str) -> None:
    assert names.numbered(name, held.__contains__) == expected


def test_name_of_a_crowd_is_numbered_in_few_steps() -> None:
    asked = []

    def taken(name: str) -> bool:
        asked.append(name)
        return int(name.split()[1]) <= 15_000

    assert names.numbered("Ann", taken) == "Ann 15001"
    assert len(asked) < 40


def test_name_that_is_numbered_is_a_valid_name() -> None:
    assert names.clean(names.numbered("x" * 32, lambda name: len(name) == 32 and "9" not in name))
