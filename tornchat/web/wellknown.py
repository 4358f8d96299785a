"""Addresses that others agreed on: whom to tell of a hole (RFC 9116)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tornado.web import HTTPError

from tornchat.web.headers import BaseHandler

VALID: Final = timedelta(days=180)
"""Less than the year of RFC 9116 §2.5.5; it moves on for as long as the server runs."""
_SCHEMES: Final = ("https://", "mailto:", "tel:")


class SecurityHandler(BaseHandler):
    """`/.well-known/security.txt`, where the operator has named a contact."""

    def get(self) -> None:
        """Answer with the contact, the day it holds until, and the address it belongs to."""
        server = self.site.config.server
        if not server.security_contact:
            raise HTTPError(404)
        expires = (datetime.now(UTC) + VALID).strftime("%Y-%m-%dT00:00:00Z")
        lines = [f"Contact: {as_uri(server.security_contact)}", f"Expires: {expires}"]
        if server.base_url:
            lines.append(f"Canonical: {server.base_url}/.well-known/security.txt")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=86400")
        self.write("\n".join([*lines, ""]))

    head = get


def as_uri(contact: str) -> str:
    """Return a contact as the URI that it has to be: an address alone is one of mail."""
    if "@" in contact and not contact.startswith(_SCHEMES):
        return f"mailto:{contact}"
    return contact
