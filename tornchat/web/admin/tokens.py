"""Invites and keys: who holds what, new ones, and the end of old ones.

It knows nothing of what a token opens. The text of a token is shown in the answer that made it,
and nowhere else: hence no redirect there.
"""

from http import HTTPStatus
from typing import Any, Final

from tornchat.access.roles import ROLES
from tornchat.admin.tokens import moderators_give
from tornchat.errors import BadRequest, ChatError, NotFound
from tornchat.web.admin import sharing
from tornchat.web.admin.paging import Pager, page_number
from tornchat.web.admin.qr import qr
from tornchat.web.admin.session import AdminHandler

SIZE: Final = 50
"""Tokens on one page."""
_FILTERS: Final = ("search", "kind", "state")
_FIELDS: Final = ("kind", "room", "role", "label", "expires", "uses")


class TokenPage(AdminHandler):
    """What the pages of one room's tokens and of all tokens have in common."""

    async def show_tokens(
        self, name: str | None, error: ChatError | None = None, **values: Any
    ) -> None:
        """Write a page of tokens, of one room or of all; above its form what was wrong with it."""
        query = {name: self.get_query_argument(name, "") for name in _FILTERS}
        page = page_number(self.get_query_argument("page", ""))
        found = await self.perform(
            "find_tokens",
            room=name,
            search=query["search"],
            kind=query["kind"] or None,
            state=query["state"] or "usable",
            offset=(page - 1) * SIZE,
            limit=SIZE,
        )
        typed = {field: self.form.text(field) for field in _FIELDS} if error is not None else {}
        self.write_admin(
            "admin_tokens.html",
            tokens=found.tokens,
            pager=Pager(page, SIZE, found.total, query),
            query=query,
            roles=self.roles(),
            texts=dict.fromkeys(_FIELDS, "") | typed,
            error=error,
            **values,
        )

    def roles(self) -> list[str]:
        """Return the roles that whoever is signed in may give by an invite."""
        everything = self.actor.rooms is None
        return [role for role in ROLES if everything or moderators_give(role, "invite")]

    async def make_token(self, room: str, back: str) -> None:
        """Make what the form asks for, and show it, this once. `back`: where the list is."""
        form = self.form
        made = await self.perform(
            "create_token",
            room=room,
            kind=form.text("kind") or "invite",
            role=form.text("role") or "write",
            label=form.text("label"),
            expires=form.duration("expires") or None,
            uses=form.number("uses"),
        )
        self.set_status(HTTPStatus.CREATED)
        self.show_token(made, made.token, made.link, back, rotated=False)

    def show_token(
        self, token: Any, text: str, link: str | None, back: str, *, rotated: bool
    ) -> None:
        """Show a token that was just made."""
        site = sharing.site_address(
            self.site.config.server.base_url, self.request.protocol, self.request.host
        )
        whole = None if link is None else sharing.whole_link(site, link)
        self.write_admin(
            "admin_token_made.html",
            title="New API key" if whole is None else "New invite link",
            section="tokens" if back == "tokens" else "rooms",
            token=token,
            text=text,
            link=whole,
            code=None if whole is None else qr(whole),
            back=back,
            rotated=rotated,
        )

    async def revoke(self, token_id: str, back: str) -> None:
        """Take a token back."""
        token = await self.perform("revoke_token", id=int(token_id))
        what = "API key" if token.kind == "key" else "invite"
        name = f" “{token.label}”" if token.label else f" {token.id}"
        self.done(f"The {what}{name} is revoked.", back)


class TokensHandler(TokenPage):
    """`/admin/tokens`: those of all rooms, and API keys."""

    async def get(self, error: ChatError | None = None) -> None:
        """Show a page of them."""
        await self.show_tokens(None, error, title="Tokens", section="tokens", room=None)

    async def post(self) -> None:
        """Make one; what is wrong with it is said above the form."""
        try:
            await self.make_token(self.form.text("room"), "tokens")
        except (BadRequest, NotFound) as error:
            await self.get(error)


class RevokeHandler(TokenPage):
    """`/admin/tokens/{id}/revoke`."""

    async def post(self, token_id: str) -> None:
        """Take it back."""
        await self.revoke(token_id, "tokens")


class RoomTokensHandler(TokenPage):
    """`/admin/rooms/{room}/tokens`: those of one room."""

    needs_admin = False

    async def get(self, name: str, error: ChatError | None = None) -> None:
        """Show a page of them."""
        self.may_moderate(name)
        room = await self.perform("room", name=name)
        about = {"title": f"Tokens of {room.title}", "section": "rooms", "tab": "tokens"}
        await self.show_tokens(name, error, room=room, **about)

    async def post(self, name: str) -> None:
        """Make one; what is wrong with it is said above the form."""
        self.may_moderate(name)
        try:
            await self.make_token(name, f"rooms/{name}/tokens")
        except BadRequest as error:
            await self.get(name, error)


class RoomRevokeHandler(TokenPage):
    """`/admin/rooms/{room}/tokens/{id}/revoke`."""

    needs_admin = False

    async def post(self, name: str, token_id: str) -> None:
        """Take it back."""
        self.may_moderate(name)
        await self.revoke(token_id, f"rooms/{name}/tokens")


class RotateHandler(TokenPage):
    """`/admin/rooms/{room}/rotate`: everything that opened it is void; a new invite."""

    needs_admin = False

    async def post(self, name: str) -> None:
        """Do it, and show the new invite."""
        self.may_moderate(name)
        made = await self.perform("rotate_room", name=name, role=self.form.text("role") or "write")
        back = f"rooms/{name}/tokens"
        self.show_token(made.token, made.invite, made.link, back, rotated=True)
