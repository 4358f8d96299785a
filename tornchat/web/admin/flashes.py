"""What the next page says of what was just done, carried there by a cookie of a minute.

It holds nothing that counts: whoever forges it shows a sentence to themselves.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from tornchat.web.admin.session import AdminPage

NAME: Final = "flash"
SECONDS: Final = 60
MAX_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Flash:
    """A sentence, and the path below the admin part that calls it off ("": nothing does)."""

    message: str
    undo: str = ""


def put(handler: "AdminPage", message: str, undo: str = "") -> None:
    """Give the next page something to say."""
    found = msgspec.json.encode(Flash(message[:MAX_LENGTH], undo))
    handler.put_cookie(NAME, urlsafe_b64encode(found).decode().rstrip("="), max_age=SECONDS)


def take(handler: "AdminPage") -> Flash | None:
    """Return what this page is to say, once.

    A page that is fetched for its newer parts says nothing: it would take that from the page that
    comes after the form, which may be on its way.
    """
    text = handler.cookie(NAME)
    if not text or "X-Refresh" in handler.request.headers:
        return None
    handler.drop_cookie(NAME)
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Flash)
    except (ValueError, msgspec.DecodeError):
        return None
