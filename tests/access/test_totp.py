"""One-time codes, by the table of RFC 6238 and by steps."""

import pyotp
import pytest

from tornchat.access import totp

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The twenty bytes of RFC 6238, appendix B."""
NOW = 1_800_000_000
STEP = NOW // 30


def code(step: int, secret: str = RFC_SECRET) -> str:
    return pyotp.TOTP(secret).at(step * 30)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(now: int, expected: str) -> None:
    assert totp.used_step(RFC_SECRET, expected, now=now, after=0) == now // 30


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_code_of_the_neighbouring_steps_counts(shift: int) -> None:
    assert totp.used_step(RFC_SECRET, code(STEP + shift), now=NOW, after=0) == STEP + shift


@pytest.mark.parametrize("shift", [-3, -2, 2, 3])
def test_code_of_another_time_is_wrong(shift: int) -> None:
    assert totp.used_step(RFC_SECRET, code(STEP + shift), now=NOW, after=0) is None


def test_no_code_counts_twice_nor_one_before_it() -> None:
    assert totp.used_step(RFC_SECRET, code(STEP), now=NOW, after=STEP) is None
    assert totp.used_step(RFC_SECRET, code(STEP - 1), now=NOW, after=STEP) is None
    assert totp.used_step(RFC_SECRET, code(STEP + 1), now=NOW, after=STEP) == STEP + 1


def test_code_may_have_spaces_as_apps_show_it() -> None:
    found = code(STEP)
    assert totp.used_step(RFC_SECRET, f" {found[:3]} {found[3:]} ", now=NOW, after=0) == STEP


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "0" * 10_000])
def test_text_that_is_no_code_is_wrong(text: str) -> None:
    assert totp.used_step(RFC_SECRET, text, now=NOW, after=0) is None


def test_secrets_differ_and_their_address_names_the_account() -> None:
    first, second = totp.new_secret(), totp.new_secret()
    assert first != second
    assert len(first) == 32
    found = totp.address(first, "Ann & Co", "chat.example")
    assert found.startswith("otpauth://totp/tornchat%20chat.example:Ann%20%26%20Co?")
    assert f"secret={first}" in found
