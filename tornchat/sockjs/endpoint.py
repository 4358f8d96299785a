"""What every HTTP request to the endpoint has to pass, and the headers it is answered with.

It knows nothing of sessions.
"""

import logging
import re
import time
from types import TracebackType
from typing import TYPE_CHECKING

from tornado.escape import url_unescape
from tornado.httputil import format_timestamp
from tornado.web import HTTPError, RequestHandler

from tornchat.sockjs import stock

if TYPE_CHECKING:
    from tornchat.sockjs.router import SockJSRouter

_log = logging.getLogger("tornchat.sockjs")

YEAR = 31_536_000
MAX_ID_SIZE = 128
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,512}")


class Endpoint(RequestHandler):
    """Mixed into each handler of the library, in front of it.

    It lets a request through by its origin and its ids, and has all errors answered without a
    body. `access_methods` names what the address can be asked by.
    """

    server: "SockJSRouter"
    access_methods = "OPTIONS, POST"

    def initialize(self, server: "SockJSRouter") -> None:
        """Mends `PreflightHandler.initialize`: no per-request statistics (see `prepare`).

        Bodies are taken as they are, whatever type they claim: Tornado would parse forms and
        answer 400 where the protocol wants any type accepted.
        """
        self.server = server
        self.logged = False
        self.ui.clear()  # nothing here has a template, and it would keep the handler in a cycle
        self.request.headers.pop("Content-Type", None)

    def prepare(self) -> None:
        """Refuse foreign origins with 403, on every transport and method.

        Mends `BaseHandler.prepare`, which only counted, and `verify_origin`, which let anybody in:
        a page of another site could open sessions, send by a plain form and read the answers.
        """
        if not self.verify_origin():
            self.server.refused("origin")
            raise HTTPError(403)
        self._add_cors_headers()

    def verify_origin(self) -> bool:
        """Ask the settings whether the page that sends this request may."""
        headers = self.request.headers
        host = headers.get("Host", "")
        return len(headers.get_list("Origin")) <= 1 and self.server.options.origin_allowed(
            headers.get("Origin"), host
        )

    def check_limit(self) -> None:
        """Refuse with 429 where the settings admit no further session from this address."""
        if not self.server.options.admit(self.request.remote_ip or ""):
            self.server.refused("limit")
            raise HTTPError(429)

    def check_xsrf_cookie(self) -> None:
        """Do without the cookie: it does not cross sites; the origin rule guards these routes."""

    def check_trusted_origin(self, origin: str) -> bool:
        """Leave origins to `prepare`, whose rule covers GET requests and WebSockets as well."""
        return True

    def preflight(self) -> None:
        """Allow the headers that a preflight asks for.

        Mends `PreflightHandler.preflight`, which echoed any origin with credentials, and `*` with
        credentials where there was none; `prepare` has set what holds for every method.
        """
        asked = self.request.headers.get("Access-Control-Request-Headers", "")
        if _HEADER_NAMES.fullmatch(asked):
            self.set_header("Access-Control-Allow-Headers", asked)

    def enable_cache(self) -> None:
        """Let the answer be kept for a year.

        Mends the library's, whose `Expires` was local time without a zone.
        """
        self.set_header("Cache-Control", f"public, max-age={YEAR}")
        self.set_header("Expires", format_timestamp(time.time() + YEAR))
        self.set_header("Access-Control-Max-Age", str(YEAR))

    def disable_cache(self) -> None:
        """Forbid caching and transforming: mends the library's, which lacked `no-transform`."""
        self.set_header(
            "Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0"
        )

    def compute_etag(self) -> str | None:
        """Make none: nothing here is asked for twice."""
        return None

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode an id in the address; 404 where it is no id of ours.

        Mends the library, whose ids had no bound and could hold an encoded slash or dot.
        """
        try:
            text = url_unescape(value, plus=False)
        except UnicodeDecodeError:
            raise HTTPError(404) from None
        if not text or len(text.encode("utf-8", "replace")) > MAX_ID_SIZE or {"/", "."} & set(text):
            raise HTTPError(404)
        return text

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Answer an error with its status and no body; 405 names what is allowed.

        Mends Tornado's, whose HTML page the protocol forbids for 405.
        """
        if status_code == 405:
            self.set_header("Allow", self.access_methods)
        self._add_cors_headers()
        self.clear_header("Content-Type")
        self.finish()

    def _add_cors_headers(self) -> None:
        self.set_header("Vary", "Origin")
        origin = self.request.headers.get("Origin")
        if origin is not None and self.verify_origin():
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header("Access-Control-Allow-Credentials", "true")

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log faults of ours only, and no address: mends Tornado's, which names session ids."""
        if not isinstance(value, HTTPError):
            _log.error("a request failed", exc_info=value)

    def _log(self) -> None:
        """Log a request at DEBUG, without its address.

        Mends Tornado's access log, which takes the prescribed 500 of `xhr_send` for a fault of the
        server and writes session ids down.
        """
        _log.debug("%s %s", self.request.method, self.get_status())


class GreetingHandler(Endpoint, stock.GreetingsHandler):  # type: ignore[misc]
    """`/{prefix}` and `/{prefix}/`: says that SockJS lives here; cacheable."""

    access_methods = "GET"


class InfoHandler(Endpoint, stock.InfoHandler):  # type: ignore[misc]
    """`/{prefix}/info`: what the endpoint offers, and entropy for the peer's session ids."""

    access_methods = "OPTIONS, GET"

    def get(self) -> None:
        """Answer; mends the library's, whose entropy came from `random` and had 63 bits."""
        self.disable_cache()
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.write(self.server.describe())


class NotFoundHandler(Endpoint):
    """Everything else under the prefix, transports that are not offered included."""

    def prepare(self) -> None:
        """Answer 404 whoever asks."""
        raise HTTPError(404)
