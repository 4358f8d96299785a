"""Coming in and going out: login, set-up by a one-time link, sign-out, and the token of the socket.

It decides nothing: `admin.signin` does.
"""

from tornchat.admin.signin import Signed, Visitor
from tornchat.errors import BadRequest, ChatError
from tornchat.web import cookies
from tornchat.web.admin.session import AdminHandler, AdminPage, way_back


class EntryPage(AdminPage):
    """A page for those who are not signed in yet."""

    @property
    def visitor(self) -> Visitor:
        """The browser that asks."""
        return Visitor(self.place, self.request.headers.get("User-Agent", ""))

    async def let_in(self, entered: tuple[str, Signed], way: str) -> None:
        """Send somebody on who has signed in, with a session that is always a new one."""
        session_id, signed = entered
        await self.leave()
        self.put_cookie(cookies.SESSION, session_id, max_age=self.site.config.admin.session_age)
        self.go_on(signed, way)

    def go_on(self, signed: Signed, way: str) -> None:
        """Send somebody who is signed in to where they wanted to go, else to their first page."""
        start = "" if signed.account.rooms is None else "rooms"
        self.redirect(self.admin_root + (way or start), status=303)

    async def leave(self) -> None:
        """End the session that the browser shows, if it shows one."""
        sign_in = self.site.sign_in
        signed = sign_in.who(self.cookie(cookies.SESSION), self.place)
        if signed is not None:
            await sign_in.sessions.close(signed.session)


class LoginHandler(EntryPage):
    """`/admin/login`."""

    def get(self) -> None:
        """Ask who somebody is; whoever is signed in goes on."""
        way = way_back(self.get_query_argument("next", ""))
        signed = self.site.sign_in.who(self.cookie(cookies.SESSION), self.place)
        if signed is not None:
            self.go_on(signed, way)
        else:
            self._show(way)

    async def post(self) -> None:
        """Sign somebody in, or say why not."""
        form = self.form
        way = way_back(form.text("next"))
        try:
            entered = await self.site.sign_in.with_password(
                form.text("name"), form.secret("password"), form.text("code"), self.visitor
            )
        except ChatError as error:
            self._show(way, error, form.text("name"))
        else:
            await self.let_in(entered, way)

    def _show(self, way: str, error: ChatError | None = None, name: str = "") -> None:
        self.write_admin(
            "admin_login.html",
            title="Sign in",
            section="",
            way=way,
            error=error,
            name=name,
            nobody=self.site.sign_in.book.lacks_admin,
        )


class SetupHandler(EntryPage):
    """`/admin/setup#CODE`: a password for whoever has a one-time link.

    The code stands in the fragment, which no browser sends; a script writes it into the form.
    """

    def get(self) -> None:
        """Ask for a password, and for the name of the first admin."""
        self._show()

    async def post(self) -> None:
        """Set the password and sign its owner in, or say why not."""
        form = self.form
        try:
            if form.secret("password") != form.secret("again"):
                raise BadRequest("The two passwords are not the same.")
            entered = await self.site.sign_in.with_link(
                form.text("code"), form.text("name"), form.secret("password"), self.visitor
            )
        except ChatError as error:
            self._show(error, code=form.text("code"), name=form.text("name"))
        else:
            await self.let_in(entered, "")

    def _show(self, error: ChatError | None = None, **typed: str) -> None:
        self.write_admin(
            "admin_setup.html",
            title="Set up the admin page" if self._first else "Set a password",
            section="",
            first=self._first,
            error=error,
            typed={"code": "", "name": "admin", **typed},
        )

    @property
    def _first(self) -> bool:
        return self.site.sign_in.book.lacks_admin


class LogoutHandler(EntryPage):
    """`/admin/logout`."""

    async def post(self) -> None:
        """End the session, and with it its sockets."""
        await self.leave()
        self.drop_cookie(cookies.SESSION)
        self.done("You are signed out.", "login")


class TokenHandler(AdminHandler):
    """`/admin/token`: what the page shows to the chat's socket, which never sees the cookie."""

    needs_admin = False

    def post(self) -> None:
        """Answer with a token and when it expires (UTC ms)."""
        token, expires = self.site.sign_in.token(self.signed)
        self.write({"token": token, "expires": expires * 1000})

    def say_error(self, error: ChatError | None) -> None:
        """Say it as JSON: scripts ask."""
        self.say_error_as_json(error)
