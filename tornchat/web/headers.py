"""What every answer carries, and how a refusal is said: the base of all handlers.

It knows nothing of what the handlers answer.
"""

import logging
import re
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from math import ceil
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, OutputTransform, RequestHandler

from tornchat.errors import ChatError

if TYPE_CHECKING:
    from tornchat.web.site import Site

log = logging.getLogger(__name__)

TITLE: Final = "tornchat"
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; object-src 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}
_CODES: Final = {
    401: "unauthorized", 403: "forbidden", 404: "not_found", 410: "gone", 413: "too_large",
    429: "rate_limited",
}  # fmt: skip
_SESSION: Final = re.compile(r"(?<=/sockjs/).*", re.DOTALL)
_ODD: Final = re.compile(r"[^A-Za-z0-9._/-].*", re.DOTALL)
_TOKEN: Final = re.compile(r"[^/]{41,}|\bt[ck]_[^/]*")
_SENTENCES: Final = {
    404: "There is nothing at this address.",
    405: "This address does not do that.",
    429: "Too much at once. Wait a moment, then try again.",
    500: "Something went wrong here. It has been noted.",
}


class SecurityHeaders(OutputTransform):
    """Puts the security headers into every answer of an application, whoever's handler it is.

    A handler that sets one of them itself keeps its own. No answer names the server's software.
    A 101 carries none of them: no document follows that they could protect, and they would be two
    thirds of each handshake.
    """

    values: ClassVar[Mapping[str, str]] = SECURITY_HEADERS

    def __init__(self, request: HTTPServerRequest) -> None:
        """Take what tornado hands over; nothing of the request matters."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add what is missing (called by tornado before the headers leave)."""
        headers.pop("Server", None)
        if status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            for name, value in self.values.items():
                headers.setdefault(name, value)
        return status_code, headers, chunk


class StrictSecurityHeaders(SecurityHeaders):
    """The same, for a site on https: browsers stay on it."""

    values = MappingProxyType({**SECURITY_HEADERS, **HSTS})


class BaseHandler(RequestHandler):
    """What all handlers have in common.

    A ChatError becomes its status. A refusal is said by `say_error`: as a page here, as JSON by
    `JsonHandler`. Bodies that are packed are refused, so that none unpacks into our memory.
    Neither queries nor bodies reach the log.
    """

    @property
    def site(self) -> "Site":
        """What the handlers of this site share."""
        found: Site = self.settings["site"]
        return found

    @property
    def root(self) -> str:
        """The relative way from this address to the lobby, which holds under any prefix."""
        return "../" * (self.request.path.count("/") - 1) or "./"

    @property
    def static(self) -> str:
        """The relative way to the static files of today's version."""
        return f"{self.root}static/{self.site.static.version}/"

    def prepare(self) -> Awaitable[None] | None:
        """Refuse bodies that would have to be unpacked."""
        if self.request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise HTTPError(415)
        return None

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what is a fault of ours; what peers do wrong is their affair."""
        if not isinstance(value, HTTPError | ChatError | StreamClosedError) and value is not None:
            log.error("%s %s failed", self.request.method, shown(self.request.path), exc_info=value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say a refusal: the status, `Allow` where it belongs, and a page or JSON."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, ChatError):
            self.refuse(error)
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", ", ".join(self.allowed_methods()))
        if self.get_status() == HTTPStatus.UNAUTHORIZED:
            self.set_header("WWW-Authenticate", _challenge(self.request))
        self.set_header("Cache-Control", "no-store")
        self.say_error(error if isinstance(error, ChatError) else None)

    def refuse(self, error: ChatError) -> None:
        """Set the status of a refusal, and when to come again."""
        self.set_status(error.http_status)
        if error.retry_after is not None:
            self.set_header("Retry-After", str(max(1, ceil(error.retry_after))))

    def say_error(self, error: ChatError | None) -> None:
        """Write the body of a refusal: a page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write_page("error.html", status=self.get_status(), message=self.sentence(error))

    def sentence(self, error: ChatError | None) -> str:
        """Return a refusal in words for people."""
        status = self.get_status()
        return error.message if error else _SENTENCES.get(status, HTTPStatus(status).phrase)

    def say_error_as_json(self, error: ChatError | None) -> None:
        """Write the body of a refusal: the one JSON shape of the API."""
        status = self.get_status()
        found: dict[str, Any] = {
            "code": error.code if error else _CODES.get(status, _class_code(status)),
            "message": error.message if error else HTTPStatus(status).phrase,
            "retryable": error.retryable if error else status in (429, 500, 503),
        }
        if error and error.retry_after is not None:
            found["retry_after"] = error.retry_after
        self.write({"error": found})

    def write_page(self, template: str, **values: Any) -> None:
        """Write a page; every template gets `root`, `static`, `site_title` and `lang`."""
        values |= {"root": self.root, "static": self.static, "site_title": TITLE, "lang": "en"}
        self.write(self.site.templates.render(template, **values))

    def allowed_methods(self) -> list[str]:
        """Return the methods that this handler answers."""
        return [
            method
            for method in self.SUPPORTED_METHODS
            if getattr(type(self), method.lower()) is not getattr(RequestHandler, method.lower())
        ]


class JsonHandler(BaseHandler):
    """A handler whose answers are JSON and are not to be kept."""

    def set_default_headers(self) -> None:
        """Let nobody keep an answer."""
        self.set_header("Cache-Control", "no-store")

    def say_error(self, error: ChatError | None) -> None:
        """Write the body of a refusal: JSON."""
        self.say_error_as_json(error)


class NotFoundHandler(BaseHandler):
    """Every address that is not ours."""

    def prepare(self) -> None:
        """Answer 404, whatever the method."""
        raise HTTPError(404)


class JsonNotFoundHandler(JsonHandler):
    """Every address below /api that is not ours."""

    def prepare(self) -> None:
        """Answer 404, whatever the method."""
        raise HTTPError(404)


def log_request(handler: RequestHandler) -> None:
    """Note an answered request, without what may be a token."""
    request = handler.request
    method, path, status = request.method, shown(request.path), handler.get_status()
    log.debug("%s %s %d %.1f ms", method, path, status, 1000 * request.request_time())


def shown(path: str) -> str:
    """Return a path as it may stand in a log.

    A query never does. What a path holds behind a mark that no address of ours has may be a query
    or a fragment that was escaped on its way here; a long segment may be a token; and whoever knows
    the id of a session over HTTP can speak in it.
    """
    return _TOKEN.sub("…", _ODD.sub("…", _SESSION.sub("…", path)))


def _challenge(request: HTTPServerRequest) -> str:
    """Return what a 401 asks for (RFC 6750 §3)."""
    wrong = "Authorization" in request.headers
    return 'Bearer realm="tornchat"' + (', error="invalid_token"' if wrong else "")


def _class_code(status: int) -> str:
    return "internal" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request"
