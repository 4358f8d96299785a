"""What may be a password, and what is kept of it."""

import pytest

from tornchat.access import passwords
from tornchat.errors import BadRequest

GOOD = "violet tram over nine hills"


def test_password_fits_what_was_kept_of_it() -> None:
    kept = passwords.hashed(passwords.check(GOOD))
    assert passwords.fits(kept, GOOD)
    assert not passwords.fits(kept, GOOD + " ")


def test_same_password_is_kept_in_another_way_each_time() -> None:
    assert passwords.hashed(GOOD) != passwords.hashed(GOOD)


def test_password_fits_however_a_keyboard_composes_its_letters() -> None:
    kept = passwords.hashed(passwords.check("Zoe\u0308 träumt von Fa\ufb02schen"))
    assert passwords.fits(kept, "Zo\u00eb tra\u0308umt von Faflschen")


@pytest.mark.parametrize("text", ["a1$Qx9!", "", "\ufb02at Q7"])
def test_short_password_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="at least 8 characters"):
        passwords.check(text)


def test_password_over_a_kibibyte_is_refused_before_it_is_hashed() -> None:
    assert passwords.normal("é" * 512)
    for refuse in (passwords.check, passwords.normal, lambda text: passwords.fits(None, text)):
        with pytest.raises(BadRequest, match="at most 1024 bytes"):
            refuse("é" * 513)


@pytest.mark.parametrize(
    "text", ["password1", "qwertzuiop", "aaaaaaaaaaaaaaaa", "abc123abc123abc123"]
)
def test_guessable_password_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadRequest, match=r"too easy to guess\. \w+"):
        passwords.check(text)


def test_password_made_of_the_name_is_refused() -> None:
    name = "Wilhelmine Quastenflosser"
    passwords.check(f"{name}7")
    with pytest.raises(BadRequest, match="too easy to guess"):
        passwords.check(f"{name}7", about=[name])


def test_long_password_counts_to_its_last_letter() -> None:
    text = GOOD + " and so on" * 97
    kept = passwords.hashed(passwords.check(text))
    assert passwords.fits(kept, text)
    assert not passwords.fits(kept, text[:-1])


def test_nothing_fits_no_password_or_a_broken_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "DECOY", passwords.hashed(GOOD))
    assert not passwords.fits(None, GOOD), "not even the password of the decoy"
    assert not passwords.fits("", GOOD)
    assert not passwords.fits("$argon2id$broken", GOOD)


def test_decoy_costs_what_a_hash_of_today_costs() -> None:
    """Else a login would take another time for who does not exist."""
    assert not passwords.outdated(passwords.DECOY)
    assert not passwords.outdated(passwords.hashed(GOOD))


def test_hash_made_with_other_costs_is_outdated() -> None:
    assert passwords.outdated(passwords.DECOY.replace("t=2", "t=1"))
