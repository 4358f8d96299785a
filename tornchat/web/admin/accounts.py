"""Who may sign in to the admin page, as admins see it."""

from http import HTTPStatus
from typing import Any, Final

from tornchat.admin.links import LIFETIME
from tornchat.errors import BadRequest, ChatError
from tornchat.web.admin import sharing
from tornchat.web.admin.paging import Pager, page_number
from tornchat.web.admin.session import AdminHandler

SIZE: Final = 50
"""Accounts on one page."""


class AccountsPage(AdminHandler):
    """What the pages about accounts have in common."""

    async def show_accounts(self, error: ChatError | None = None) -> None:
        """Write a page of the list, and above its form what was wrong with it."""
        typed = {"name": "", "rooms": "", "scope": "everything"}
        if error is not None:
            typed |= {field: self.form.text(field) for field in typed if field in self.form}
        query = {"search": self.get_query_argument("search", "")}
        page = page_number(self.get_query_argument("page", ""))
        found = await self.perform(
            "find_accounts", search=query["search"], offset=(page - 1) * SIZE, limit=SIZE
        )
        self.write_admin(
            "admin_accounts.html",
            title="Accounts",
            section="accounts",
            accounts=found.accounts,
            pager=Pager(page, SIZE, found.total, query),
            query=query,
            typed=typed,
            error=error,
        )

    def show_link(self, made: Any) -> None:
        """Show a one-time link, this once."""
        base_url = self.site.config.server.base_url
        site = sharing.site_address(base_url, self.request.protocol, self.request.host)
        self.set_status(HTTPStatus.CREATED)
        self.write_admin(
            "admin_account_link.html",
            title=f"A link for {made.name}",
            section="accounts",
            name=made.name,
            link=sharing.whole_link(site, made.link),
            expires=made.expires,
            minutes=LIFETIME // 60,
        )

    def rooms_of_form(self) -> list[str] | None:
        """Return the rooms that the form gives somebody, None for everything."""
        if self.form.text("scope") != "rooms":
            return None
        rooms = self.form.text("rooms").replace(",", " ").split()
        if not rooms:
            raise BadRequest("rooms: expected the names of the rooms that they moderate")
        return rooms


class AccountsHandler(AccountsPage):
    """`/admin/accounts`: a page of them, and a form for one more."""

    async def get(self) -> None:
        """Show the list."""
        await self.show_accounts()

    async def post(self) -> None:
        """Make an account, and show the link for its owner."""
        try:
            made = await self.perform(
                "add_account", name=self.form.text("name"), rooms=self.rooms_of_form()
            )
        except ChatError as error:
            await self.show_accounts(error)
        else:
            self.show_link(made)


class AccountChangeHandler(AccountsPage):
    """`/admin/accounts/{link|rooms|remove}`: what is done to the account that the form names."""

    async def post(self, what: str) -> None:
        """Do it."""
        name = self.form.text("name")
        try:
            if what == "link":
                self.show_link(await self.perform("link_account", name=name))
            elif what == "rooms":
                await self.perform("set_account_rooms", name=name, rooms=self.rooms_of_form())
                self.done(f"{name} has to sign in again, for what was chosen.", "accounts")
            else:
                await self.perform("remove_account", name=name)
                self.done(f"The account {name} is removed.", "accounts")
        except ChatError as error:
            await self.show_accounts(error)
