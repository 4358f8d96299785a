"""Says in words what a token is and what it opens, whatever its kind; never repeats the token.

It changes nothing, and counts as no use.
"""

from collections.abc import Iterator
from typing import Final

from tornchat.access import roles, secrets
from tornchat.access.credentials import Credentials
from tornchat.access.identity import Identity, Permit
from tornchat.admin.described import Checked
from tornchat.chat.keyring import Keyring
from tornchat.chat.tokens import when
from tornchat.errors import Unauthorized
from tornchat.store import TokenRecord

_SIZE: Final = len("tc_") + 43
_NAMES: Final = {"tc_": "an invite", "tk_": "an API key"}


def check(text: str, keyring: Keyring, credentials: Credentials) -> Checked:
    """Explain a token."""
    if secrets.kind_of(text) is not None:
        return _opaque(text, keyring)
    if text[:3] in _NAMES:
        name, length = _NAMES[text[:3]], len(text)
        words = f"it begins like {name} but is not {_SIZE} characters long ({length}): cut off?"
        return Checked(False, words if length != _SIZE else f"it is written as {name} never is")
    try:
        identity = credentials.read(text)
    except Unauthorized as error:
        return Checked(False, f"a JSON Web Token that is refused: {error.message}")
    if identity.person_id is None:
        return Checked(False, "not a token of this server")
    if identity.kind == "guest":
        return Checked(True, f"a guest token of this server, of person {identity.person_id}")
    return Checked(True, " ".join(_member(identity)))


def _opaque(text: str, keyring: Keyring) -> Checked:
    token = keyring.find(text)
    if token is None:
        return Checked(False, f"{_NAMES[text[:3]]} that this server does not know")
    refusal = keyring.refusal(token)
    what = " ".join(_described(token))
    return Checked(refusal is None, what if refusal is None else f"{what} {_sentence(refusal)}")


def _described(token: TokenRecord) -> Iterator[str]:
    label = f" ({token.label})" if token.label else ""
    if token.kind == "invite":
        yield f"invite {token.id}{label} to room {token.room}, role {token.role}."
        limit = "" if token.uses is None else f" of {token.uses}"
        yield f"People it has bound: {token.used}{limit}."
    else:
        yield f"API key {token.id}{label} for {token.room}, role {token.role}."
    if token.last_used is not None:
        place = f" from {token.last_place}" if token.last_place else ""
        yield f"Last used on {when(token.last_used)}{place}."
    if token.expires is not None and token.revoked is None:
        yield f"It is valid until {when(token.expires)}."


def _member(identity: Identity) -> Iterator[str]:
    yield f"a token of site {identity.site} for {identity.name} (person {identity.person_id})."
    if identity.permits is None:
        yield "It permits what each room gives to members of the site."
    elif not identity.permits:
        yield "It permits nothing in any room."
    else:
        yield f"It permits {', '.join(map(_permit, identity.permits))}."
    if identity.expires is not None:
        yield f"It is valid until {when(int(identity.expires * 1000))}."


def _permit(permit: Permit) -> str:
    return f"{roles.highest(permit.roles) or 'nothing'} in {permit.pattern}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
