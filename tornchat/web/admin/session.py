"""The base of all handlers of the admin page: who is signed in, what they see, what a form gets.

It knows nothing of what the pages are about.
"""

import re
from collections.abc import Awaitable
from typing import Any, ClassVar, Final
from urllib.parse import quote

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from tornchat.access.places import place
from tornchat.admin.actor import Actor
from tornchat.admin.signin import Signed
from tornchat.errors import ChatError, Forbidden, NotFound
from tornchat.store.accounts import AccountRecord
from tornchat.web import cookies
from tornchat.web.admin import flashes
from tornchat.web.admin.forms import Form, read_form
from tornchat.web.admin.times import time_tag
from tornchat.web.origins import is_own
from tornchat.web.pages import PageHandler

ENTRY: Final = "admin/admin.js"
SAFE: Final = ("GET", "HEAD", "OPTIONS")
HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
NO_COOKIES: Final = (
    "This form is too old, or your browser keeps no cookies, which the admin page needs. "
    "Load the page again, then try once more."
)
NOT_THERE: Final = "There is nothing at this address."
_PATH: Final = re.compile(r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]*)*")
_QUERY: Final = re.compile(r"[A-Za-z0-9._~*%=&+,:-]*")


class AdminPage(PageHandler):
    """A page of the admin part, for whoever asks: no copy of it is kept, no foreign page posts.

    A change needs the token of this site's own form, and must not come from another site.
    """

    form: Form

    def set_default_headers(self) -> None:
        """Let nobody keep an answer; let our own forms say where they come from."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> Awaitable[None] | None:
        """Refuse what another site sends; read the form."""
        super().prepare()
        if self.request.method not in SAFE:
            self._check_origin()
            self.form = read_form(self.request)
        return None

    def _check_origin(self) -> None:
        """Raise Forbidden for a change that does not come from one of our own pages.

        By plain http browsers do not say `Sec-Fetch-Site`; and whatever runs on another port of
        this host can plant the cookie of the token.
        """
        headers, base_url = self.request.headers, self.site.config.server.base_url
        near = headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
        if not near or not is_own(headers.get("Origin"), self.request.host, base_url):
            raise Forbidden("Another site sent this. Nothing was changed.")
        try:
            self.check_xsrf_cookie()
        except HTTPError:
            raise Forbidden(NO_COOKIES) from None

    @property
    def admin_root(self) -> str:
        """The relative way from this address to the first page of the admin part."""
        return f"{self.root}admin/"

    @property
    def place(self) -> str:
        """Where the request comes from, as limits count it."""
        return place(self.request.remote_ip or "")

    def cookie(self, name: str) -> str:
        """Return a cookie of ours, "" for none."""
        return self.get_cookie(cookies.full_name(self.site.config, name)) or ""

    def put_cookie(self, name: str, value: str, **more: Any) -> None:
        """Give the browser a cookie that no script reads and that leaves with it."""
        more |= cookies.attributes(self.site.config)
        self.set_cookie(cookies.full_name(self.site.config, name), value, **more)

    def drop_cookie(self, name: str) -> None:
        """Take a cookie back."""
        whole = cookies.full_name(self.site.config, name)
        self.clear_cookie(whole, **cookies.attributes(self.site.config))

    def write_admin(
        self,
        template: str,
        *,
        title: str,
        section: str,
        error: ChatError | None = None,
        **values: Any,
    ) -> None:
        """Write a page of the admin part.

        `title` is that of the document, `section` the entry of the navigation that it belongs to,
        `error` what was wrong with the form that it answers: its status is that of the page.
        Every template gets, besides what each page gets: `title`, `section`, `admin_root` (the
        relative way to the admin part), `account` and `actor` (None where nobody is signed in),
        `flash` (`flashes.Flash` or None), `modules`, `time_tag` (of `times`), and `xsrf`, the HTML
        of the hidden field that every form needs.
        """
        if error is not None:
            self.refuse(error)
        values = {"account": None, "actor": None, "error": error, **values}
        page = {
            "title": title,
            "section": section,
            "admin_root": self.admin_root,
            "flash": flashes.take(self),
            "xsrf": self.xsrf_form_html(),
            "time_tag": time_tag,
        }
        self.write_module_page(template, entry=ENTRY, **values, **page)
        self.set_header("Cache-Control", "no-store")

    def say_error(self, error: ChatError | None) -> None:
        """Write the body of a refusal: a page of the admin part, for whoever asks."""
        status, message = self.get_status(), self.sentence(error)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write_admin("admin_error.html", title=message, section="", status=status)

    def done(self, message: str, to: str, *, undo: str = "") -> None:
        """End a POST: send the browser to a path below the admin part, where `message` is shown.

        `undo`: the path below the admin part to which a form may post to call it off.
        """
        flashes.put(self, message, undo)
        self.redirect(self.admin_root + to, status=303)


class AdminHandler(AdminPage):
    """A page for somebody who is signed in.

    Before its method runs, `account`, `signed` and `actor` are set, and of a POST `form`. Nobody
    signed in: a page leads to the login and back, a change is 403. A page that `needs_admin` is
    there for admins only; one that does not is there for moderators of single rooms too, and asks
    `may_moderate` before it shows anything about a room.

        class RoomsHandler(AdminHandler):
            needs_admin = False

            async def get(self) -> None:
                rooms = await self.perform("rooms")
                self.write_admin("admin_rooms.html", title="Rooms", section="rooms", rooms=rooms)
    """

    needs_admin: ClassVar[bool] = True
    account: AccountRecord
    signed: Signed
    actor: Actor

    def prepare(self) -> Awaitable[None] | None:
        """Find out who asks; refuse what they may not do."""
        signed = self.site.sign_in.who(self.cookie(cookies.SESSION), self.place)
        if signed is None:
            self._send_to_login()
            return None
        self.signed, self.account = signed, signed.account
        self.actor = signed.actor(self.place)
        super().prepare()
        if self.needs_admin and self.actor.rooms is not None:
            raise NotFound(NOT_THERE)
        return None

    async def perform(self, verb: str, /, **args: Any) -> Any:
        """Have a verb carried out as whoever is signed in; raises the ChatError of the verb."""
        return await self.site.office.perform(self.actor, verb, args)

    def may_moderate(self, room: str) -> None:
        """Raise NotFound for a room that is not theirs."""
        if self.actor.rooms is not None and room not in self.actor.rooms:
            raise NotFound(NOT_THERE)

    def write_admin(self, template: str, *, title: str, section: str, **values: Any) -> None:
        """Write a page with the navigation of whoever is signed in."""
        if hasattr(self, "actor"):
            values |= {"account": self.account, "actor": self.actor}
        super().write_admin(template, title=title, section=section, **values)

    def _send_to_login(self) -> None:
        if self.request.method not in SAFE:
            raise Forbidden("You are signed out. Sign in again; nothing was changed.")
        self.redirect(f"{self.admin_root}login{_back_here(self.request)}")


class HomeHandler(PageHandler):
    """`/admin` without its last slash, which relative links need."""

    def get(self) -> None:
        """Send the browser to the first page."""
        self.redirect("admin/", permanent=True)

    head = get


class NotThereHandler(AdminHandler):
    """Every address below the admin part that is none: 404 for who is signed in."""

    needs_admin = False

    def get(self) -> None:
        """Say so."""
        raise NotFound(NOT_THERE)

    head = post = get


def way_back(text: str) -> str:
    """Return where somebody wanted to go, below the admin part; "" for anything else.

    Only what our own pages are made of passes: no scheme, no host, no dots that climb.
    """
    path, mark, query = text.partition("?")
    dots = {".", ".."} & set(path.split("/"))
    if len(text) > 500 or dots or not _PATH.fullmatch(path) or not _QUERY.fullmatch(query):
        return ""
    return path + mark + query


def _back_here(request: HTTPServerRequest) -> str:
    here = request.uri.partition("/admin/")[2] if request.uri else ""
    back = way_back(here)
    return f"?next={quote(back, safe='')}" if back else ""
