"""What supervisors, load balancers and Prometheus ask."""

import ipaddress
from http import HTTPStatus
from typing import Final

from prometheus_client.exposition import CONTENT_TYPE_LATEST
from tornado.web import HTTPError

from tornchat.web.headers import BaseHandler, JsonHandler

_FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip")


class HealthHandler(JsonHandler):
    """`/health`: the process answers."""

    def get(self) -> None:
        """Answer `{"status": "ok"}`."""
        self.write({"status": "ok"})

    head = get


class ReadyHandler(JsonHandler):
    """`/ready`: whether to send people here; 503 with the reasons where not."""

    def get(self) -> None:
        """Answer `{"status", "reasons"}`."""
        reasons = list(self.site.ready())
        if reasons:
            self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
        self.write({"status": "unavailable" if reasons else "ok", "reasons": reasons})

    head = get


class MetricsHandler(BaseHandler):
    """`/metrics` on a listener of its own: whoever may reach it may read it."""

    def get(self) -> None:
        """Answer with all figures."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.set_header("Cache-Control", "no-store")
        self.write(self.site.metrics.text())

    head = get


class LocalMetricsHandler(MetricsHandler):
    """`/metrics` on the main listener: for this machine alone, and for nobody behind a proxy."""

    def prepare(self) -> None:
        """Answer everybody else as if there were nothing."""
        super().prepare()
        forwarded = any(name in self.request.headers for name in _FORWARDED)
        if forwarded or not ipaddress.ip_address(self.request.remote_ip or "0").is_loopback:
            raise HTTPError(404)
