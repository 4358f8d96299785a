"""What a token is, in words, whatever its kind."""

import pytest

from tests.access.tokens import NOW, guests, signed
from tests.admin.office import Office, scenario
from tornchat.admin.described import Checked

HOME = "192.0.2.7"


async def made(office: Office, **wanted: object) -> str:
    """Make a token, by default an invite to the vault for one person; return its text."""
    wanted = {"kind": "invite", "room": "vault", "role": "write", "uses": 1, **wanted}
    return (await office.administration.create_token(**wanted)).token  # type: ignore[arg-type]


async def used(office: Office, text: str, person: str = "g_ann") -> None:
    token = office.keyring.find(text)
    assert token
    await office.keyring.use(token, person, HOME)


async def words(office: Office, text: str, ok: bool) -> str:
    checked = await office.administration.check_token(text)
    assert checked.ok is ok, checked.words
    assert text not in checked.words
    return checked.words


@scenario()
async def test_invite_is_explained_from_its_making_to_its_end(office: Office) -> None:
    text = await made(office, label="for Bob", expires=3600)
    fresh = await words(office, f" {text}\n", True)
    assert "invite 1 (for Bob) to room vault, role write." in fresh
    assert "0 of 1" in fresh
    assert "valid until 2027-01-15 09:00 UTC" in fresh
    await used(office, text)
    spent = await words(office, text, False)
    assert "used up: it was for one person" in spent
    assert "Last used on 2027-01-15 08:00 UTC from 192.0.2.0/24." in spent
    office.clock.now += 3600
    assert "expired on 2027-01-15 09:00 UTC" in await words(office, text, False)
    await office.administration.revoke_token(1)
    assert "revoked on 2027-01-15 09:00 UTC" in await words(office, text, False)


@scenario()
async def test_check_is_no_use(office: Office) -> None:
    text = await made(office)
    before = office.store.tokens()
    await words(office, text, True)
    await office.written()
    assert office.store.tokens() == before


@scenario()
async def test_key_is_explained(office: Office) -> None:
    text = await made(office, kind="key", room="support-*", role="moderate", uses=None)
    assert await words(office, text, True) == "API key 1 for support-*, role moderate."
    await office.administration.revoke_token(1)
    assert "This API key was revoked on" in await words(office, text, False)


@scenario()
async def test_site_token_is_explained(office: Office) -> None:
    rooms = {"rooms": {"support-*": ["read", "write"], "vault": ["moderate"], "den": []}}
    found = await words(office, signed(rooms), True)
    assert "site blog for Ann (person m_" in found
    assert "write in support-*, moderate in vault, nothing in den." in found
    assert "valid until 2027-01-15 09:00 UTC" in found
    assert "what each room gives" in await words(office, signed(), True)
    assert "permits nothing" in await words(office, signed({"rooms": {}}), True)


@pytest.mark.parametrize(
    ("changed", "claim"),
    [
        ({"aud": "other"}, "aud: expected 'tornchat'"),
        ({"iss": "nobody"}, "iss: expected"),
        ({"exp": "soon"}, "exp: expected whole seconds"),
        ({"exp": NOW + 10**6}, "exp: expected at most 86400 seconds"),
        ({"exp": NOW - 31, "iat": NOW - 60}, "exp: the token has expired"),
        ({"sub": ...}, "sub: expected a text"),
        ({"rooms": {"../x": ["read"]}}, "rooms: expected"),
    ],
)
def test_site_token_that_is_refused_says_which_claim(
    changed: dict[str, object], claim: str, tmp_path: object
) -> None:
    @scenario()
    async def check(office: Office) -> None:
        assert claim in await words(office, signed(changed), False)

    check(tmp_path)  # type: ignore[arg-type]


@scenario()
async def test_guest_token_is_told_from_what_is_none(office: Office) -> None:
    mine = guests(office.clock).issue("g_ann")
    assert "guest token of this server, of person g_ann" in await words(office, mine, True)
    for junk in ("junk", "a.b.c", mine[:-4] + "AAAA"):
        assert await words(office, junk, False) == "not a token of this server"
    assert await office.administration.check_token("") == Checked(
        False, "not a token of this server"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tc_" + "a" * 43, "an invite that this server does not know"),
        ("tk_" + "a" * 43, "an API key that this server does not know"),
        ("tc_" + "a" * 42, "begins like an invite but is not 46 characters long (45)"),
        ("tk_" + "a" * 42 + "!", "written as an API key never is"),
        ("x" * 5000, "4096"),
    ],
)
def test_text_that_is_no_token_of_ours(text: str, expected: str, tmp_path: object) -> None:
    @scenario()
    async def check(office: Office) -> None:
        assert expected in await words(office, text, False)

    check(tmp_path)  # type: ignore[arg-type]
