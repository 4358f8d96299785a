"""One's own account: password, second factor, and the browsers that are signed in."""

from tornchat.access import totp
from tornchat.errors import BadRequest, ChatError
from tornchat.web import cookies
from tornchat.web.admin.agents import browser_name
from tornchat.web.admin.qr import qr
from tornchat.web.admin.session import AdminHandler


class AccountHandler(AdminHandler):
    """`/admin/account`: what there is, and a form for a new password."""

    needs_admin = False

    def get(self) -> None:
        """Show the account."""
        self.show()

    async def post(self) -> None:
        """Change the password; this browser stays signed in, all others are signed out."""
        form = self.form
        try:
            if form.secret("new") != form.secret("again"):
                raise BadRequest("The two new passwords are not the same.")
            done = await self.perform(
                "set_password", password=form.secret("password"), new=form.secret("new")
            )
        except ChatError as error:
            self.show(error)
            return
        await self._begin_anew()
        others = done.ended - 1
        more = f" {others} other {'browser is' if others == 1 else 'browsers are'} signed out."
        self.done("Your password is changed." + (more if others > 0 else ""), "account")

    def show(self, error: ChatError | None = None, about: str = "password") -> None:
        """Write the page; `error` is what was wrong with the form `about` the given thing."""
        self.write_admin(
            "admin_account.html",
            title="Your account",
            section="account",
            sessions=self.site.sign_in.sessions.of(self.account.id),
            here=self.signed.session.digest,
            browser_name=browser_name,
            error=error,
            about=about if error else "",
        )

    async def _begin_anew(self) -> None:
        """Give this browser a session of another id: who knew the old one knows nothing now."""
        agent = self.request.headers.get("User-Agent", "")
        session_id, _ = await self.site.sign_in.sessions.open(self.account.id, self.place, agent)
        self.put_cookie(cookies.SESSION, session_id, max_age=self.site.config.admin.session_age)


class SecondFactorHandler(AdminHandler):
    """`/admin/account/second-factor`: one-time codes of an app, to be asked for at each login."""

    needs_admin = False

    def get(self) -> None:
        """Show a new secret, as a QR code and as text."""
        self._show(totp.new_secret())

    async def post(self) -> None:
        """Turn the second factor on, once the app has shown that it makes the right codes."""
        form = self.form
        secret = form.text("secret")
        try:
            await self.perform(
                "enable_second_factor",
                password=form.secret("password"),
                secret=secret,
                code=form.text("code"),
            )
        except ChatError as error:
            self._show(secret if totp.is_secret(secret) else totp.new_secret(), error)
        else:
            self.done("From now on each login asks for a code of your app.", "account")

    def _show(self, secret: str, error: ChatError | None = None) -> None:
        address = totp.address(secret, self.account.name, self.request.host_name)
        self.write_admin(
            "admin_second_factor.html",
            title="Second factor",
            section="account",
            secret=secret,
            code=qr(address),
            error=error,
        )


class SecondFactorOffHandler(AccountHandler):
    """`/admin/account/second-factor/off`."""

    def get(self) -> None:
        """Lead whoever loads this address to the form."""
        self.redirect(f"{self.admin_root}account")

    async def post(self) -> None:
        """Turn the second factor off."""
        try:
            await self.perform("disable_second_factor", password=self.form.secret("password"))
        except ChatError as error:
            self.show(error, "second factor")
        else:
            self.done("Logins ask for no code any more.", "account")


class SignOutEverywhereHandler(AdminHandler):
    """`/admin/account/sign-out-everywhere`."""

    needs_admin = False

    async def post(self) -> None:
        """End all sessions of the account."""
        await self.perform("sign_out_everywhere")
        self.drop_cookie(cookies.SESSION)
        self.done("You are signed out everywhere.", "login")
