"""Figures: what is counted shows, and only to whom it is meant for."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.serving import ask, config, run, serving, site
from tornchat.web.metrics import Metrics


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_figures_are_those_of_the_protocol(tmp_path: Path) -> None:
    database = tmp_path / "tornchat.db"
    database.write_bytes(b"x" * 4096)
    metrics = Metrics()
    metrics.connections = lambda: {"websocket": 3, "xhr": 1}
    metrics.loop_lag = lambda: 0.25
    metrics.database = database
    metrics.joins += 2
    metrics.messages += 5
    metrics.deliveries += 500
    for size in (1, 3, 1000):
        metrics.committed(size, 0.0015)
    metrics.delay(0.0001)
    metrics.recovered("recovered")
    for code in (4001, 4001, 1000, 999, 31337):
        metrics.closed("websocket", code)
    metrics.rejected("rate_limited")
    found = samples(metrics.text())
    assert found["tornchat_connections", "websocket"] == 3
    assert found["tornchat_connections", "xhr"] == 1
    assert found["tornchat_joins_total",] == 2
    assert found["tornchat_messages_total",] == 5
    assert found["tornchat_deliveries_total",] == 500
    assert found["tornchat_commit_group_size_bucket", "1.0"] == 1
    assert found["tornchat_commit_group_size_bucket", "4.0"] == 2
    assert found["tornchat_commit_group_size_bucket", "+Inf"] == 3
    assert found["tornchat_commit_group_size_sum",] == 1004
    assert found["tornchat_commit_group_seconds_bucket", "0.002"] == 3
    assert found["tornchat_delivery_delay_seconds_count",] == 1
    assert found["tornchat_recoveries_total", "recovered"] == 1
    assert found["tornchat_closes_total", "4001"] == 2
    assert found["tornchat_closes_total", "other"] == 2
    assert found["tornchat_slow_drops_total",] == 2
    assert found["tornchat_rejections_total", "rate_limited"] == 1
    assert found["tornchat_loop_lag_seconds",] == 0.25
    assert found["tornchat_database_bytes",] == 4096
    assert found["tornchat_wal_bytes",] == 0


def test_figures_of_one_server_are_not_those_of_another() -> None:
    one, other = Metrics(), Metrics()
    one.joins += 1
    assert samples(other.text())["tornchat_joins_total",] == 0


def test_figures_are_for_this_machine() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/metrics")
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            assert b"tornchat_joins_total 0.0" in answer.body

    run(main())


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=127.0.0.1",
     "X-Real-Ip: 127.0.0.1", "Via: 1.1 proxy", "X-Forwarded-Proto: https"],
)  # fmt: skip
@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
def test_figures_are_for_nobody_behind_a_proxy(header: str, trusted: str) -> None:
    async def main() -> None:
        async with serving(server__trusted_proxies=trusted) as server:
            assert (await ask(server, "GET", "/metrics", header)).status == 404

    run(main())


def test_figures_move_to_a_listener_of_their_own(unused_tcp_port: int) -> None:
    async def main() -> None:
        async with serving(metrics__listen=f"127.0.0.1:{unused_tcp_port}") as server:
            assert (await ask(server, "GET", "/metrics")).status == 404
            own = await ask(unused_tcp_port, "GET", "/metrics", "X-Forwarded-For: 10.0.0.9")
            assert own.status == 200
            assert (await ask(unused_tcp_port, "GET", "/")).status == 404

    run(main())


def test_health_says_that_the_process_answers() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/health")
            assert (answer.status, answer.json) == (200, {"status": "ok"})

    run(main())


def test_readiness_names_what_is_wrong() -> None:
    reasons: list[str] = []

    async def main() -> None:
        async with serving(served=site(config(), ready=lambda: reasons)) as server:
            well = await ask(server, "GET", "/ready")
            assert (well.status, well.json) == (200, {"status": "ok", "reasons": []})
            reasons.append("the journal has stopped")
            ill = await ask(server, "GET", "/ready")
            assert ill.status == 503
            assert ill.json == {"status": "unavailable", "reasons": ["the journal has stopped"]}

    run(main())
