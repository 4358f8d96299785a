"""The tokens with which a page of the admin part opens its socket."""

import json

import jwt
import pytest

from tests.access.tokens import SECRET, Clock, guests, sites
from tornchat.access import admintokens
from tornchat.access.admintokens import AdminTokens
from tornchat.access.credentials import Credentials
from tornchat.access.errors import InvalidSiteToken, TokenExpired
from tornchat.access.identity import Permit
from tornchat.access.roles import upto
from tornchat.errors import CloseCode

SESSION = "ab" * 32


class Scene:
    def __init__(self) -> None:
        self.clock = Clock()
        self.tokens = AdminTokens(SECRET, self.clock)
        self.credentials = Credentials(guests(self.clock), sites(self.clock), self.tokens)

    def token(self, rooms: frozenset[str] | None = None) -> str:
        return self.tokens.issue(7, SESSION, "Ann", rooms)[0]


def test_token_lets_in_whoever_is_signed_in() -> None:
    scene = Scene()
    found = scene.credentials.read(scene.token())
    assert (found.person_id, found.kind, found.name) == ("a_7", "admin", "Ann")
    assert (found.session, found.permits) == (SESSION, None)
    assert found.expires == scene.clock.now + 300


def test_token_of_a_moderator_is_good_for_their_rooms_alone() -> None:
    scene = Scene()
    found = scene.credentials.read(scene.token(frozenset({"den", "garden"})))
    moderate = upto("moderate")
    assert found.permits == (Permit("den", moderate), Permit("garden", moderate))
    assert scene.credentials.read(scene.token(frozenset())).permits == ()


def test_token_is_over_after_five_minutes() -> None:
    scene = Scene()
    token = scene.token()
    scene.clock.now += 299
    scene.credentials.read(token)
    scene.clock.now += 1
    with pytest.raises(TokenExpired) as caught:
        scene.credentials.read(token)
    assert caught.value.close_code is CloseCode.TOKEN_EXPIRED


def test_token_says_when_it_began_and_ends_so_that_the_page_renews_it_in_time() -> None:
    scene = Scene()
    claims = jwt.decode(scene.token(), options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (scene.clock.now, scene.clock.now + 300)


def test_token_of_another_key_is_refused() -> None:
    scene = Scene()
    other = AdminTokens(b"x" * 32, scene.clock)
    with pytest.raises(InvalidSiteToken):
        scene.credentials.read(other.issue(7, SESSION, "Ann", None)[0])


@pytest.mark.parametrize("missing", ["sub", "aud", "exp", "sid", "name"])
def test_token_without_a_claim_is_refused(missing: str) -> None:
    scene = Scene()
    claims = jwt.decode(scene.token(), options={"verify_signature": False})
    del claims[missing]
    with pytest.raises(InvalidSiteToken):
        scene.credentials.read(jwt.encode(claims, SECRET, "HS256", {"kid": "admin"}))


def test_token_of_a_guest_under_the_name_of_an_admin_is_refused() -> None:
    """The same key signs both; the audience keeps them apart, in either direction."""
    scene = Scene()
    claims = jwt.decode(guests(scene.clock).issue("a_7"), options={"verify_signature": False})
    claims |= {"sid": SESSION, "name": "Ann"}
    with pytest.raises(InvalidSiteToken):
        scene.credentials.read(jwt.encode(claims, SECRET, "HS256", {"kid": "admin"}))
    admin = jwt.decode(scene.token(), options={"verify_signature": False})
    as_guest = scene.credentials.read(jwt.encode(admin, SECRET, "HS256", {"kid": "guest"}))
    assert as_guest.person_id is None


def test_longest_list_of_rooms_fits() -> None:
    scene = Scene()
    rooms = frozenset(f"{number:064d}" for number in range(admintokens.MAX_ROOMS))
    assert len(scene.credentials.read(scene.token(rooms)).permits or ()) == admintokens.MAX_ROOMS
    assert len(json.dumps(sorted(rooms))) > 2500


def test_without_admins_nobody_comes_from_the_admin_page() -> None:
    scene = Scene()
    with pytest.raises(InvalidSiteToken):
        Credentials(guests(), sites()).read(scene.token())
