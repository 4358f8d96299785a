"""The HTTP server of a site: it is started, it listens, it is stopped.

It knows nothing of what its handlers answer.
"""

from collections.abc import Sequence
from typing import Any, Final

from tornado.httputil import (
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
    set_parse_body_config,
)
from tornado.web import Application

from tornchat.config import Config
from tornchat.web import health, listeners
from tornchat.web.accepting import Listener
from tornchat.web.application import ChatApplication
from tornchat.web.connections import Connections, connection_limit, raise_file_limit
from tornchat.web.proxies import Proxies
from tornchat.web.site import Site
from tornchat.web.urls import settings

PATIENCE: Final = 10.0
FORM_ARGUMENTS: Final = 300
"""A selection of a hundred lines, and what goes with it."""
FIGURES_CONNECTIONS: Final = 64


class ChatServer:
    """Listens, and hands requests to the site's handlers.

    `handlers` are further routes (SockJS); they come before the site's 404. Life: `start` listens
    and raises ListenError or ConfigError in one line; `stop_listening` accepts no more; `stop`
    closes what is left. `address` is what to type into a browser, once started; `apply` takes over
    another configuration.

        server = ChatServer(site, router.urls)
        server.start()

    `patience`: how many seconds a peer has for the head, and again for the body, of a request.
    """

    def __init__(
        self, site: Site, handlers: Sequence[Any] = (), *, patience: float = PATIENCE
    ) -> None:
        self._site = site
        self._handlers = handlers
        self._config = site.config
        self._listeners: list[Listener] = []
        self._proxies = Proxies(self._config.server.trusted_proxies)
        self.patience = patience
        self.port = 0
        self.address = ""

    def start(self) -> None:
        """Listen."""
        config = self._config
        _bound_bodies()
        tls = listeners.tls_context(config.server.tls_cert, config.server.tls_key)
        self._connections = Connections(*_connection_limits(config))
        application = ChatApplication(self._site, self._handlers, self._connections, self._proxies)
        main = Listener(
            application,
            self._connections,
            self._proxies,
            config,
            tls,
            self.patience,
            self._site.metrics.rejected,
        )
        self._listeners = [main]
        if config.metrics.listen is not None:
            own = Application([(r"/metrics", health.MetricsHandler)], **settings(self._site))
            figures = Listener(
                own,
                Connections(FIGURES_CONNECTIONS, 0),
                self._proxies,
                config,
                None,
                self.patience,
            )
            figures.listen(listeners.listen(config.metrics.listen))
            self._listeners.append(figures)
        try:
            self.port = main.listen(listeners.listen(config.server.listen))
        except Exception:
            self.stop_listening()
            raise
        self.address = (config.server.base_url or self._address(tls is not None)) + "/"

    def apply(self, config: Config) -> None:
        """Let what can change in a running server hold from now on, for new connections.

        Certificate and key are read again, whatever their names. Raises ConfigError where they are
        wrong; nothing has changed then.
        """
        main = self._listeners[0]
        main.tls = listeners.tls_context(config.server.tls_cert, config.server.tls_key)
        self._site.config = self._config = config
        self._proxies.networks = config.server.trusted_proxies
        limits = _connection_limits(config)
        self._connections.limit, self._connections.place_limit = limits

    def stop_listening(self) -> None:
        """Accept no more connections; the open ones stay."""
        for listener in self._listeners:
            listener.stop_listening()

    async def stop(self) -> None:
        """Stop listening, and close every connection that is still HTTP."""
        self.stop_listening()
        for listener in self._listeners:
            await listener.http.close_all_connections()

    def _address(self, tls: bool) -> str:
        host = self._config.server.listen.host
        if host in ("", "0.0.0.0", "::"):
            host = "localhost"
        scheme, shown = "https" if tls else "http", f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}:{self.port}"


def _connection_limits(config: Config) -> tuple[int, int]:
    """Return how many connections may be open, in all and from one address."""
    limits = config.limits
    return connection_limit(limits.connections, raise_file_limit()), limits.connections_per_ip


def _bound_bodies() -> None:
    """Let no body be parsed into thousands of parts (settings of tornado for the process)."""
    set_parse_body_config(
        ParseBodyConfig(
            multipart=ParseMultipartConfig(enabled=False),
            urlencoded=ParseUrlEncodedConfig(max_arguments=FORM_ARGUMENTS),
        )
    )
