"""Who is asking: what a proxy of ours says counts, what anybody else says does not."""

import asyncio
from ipaddress import ip_network

import pytest

from tests.web.serving import ask, config, run, serving
from tornchat.web.proxies import Proxies

PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")])


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("1.2.3.4, 10.0.0.9", "1.2.3.4"),
        ("1.2.3.4,10.0.0.9,2001:db8::7", "1.2.3.4"),
        ("2a00::1", "2a00::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("10.0.0.8", "10.0.0.8"),
        ("1.2.3.4, junk", "10.0.0.1"),
        ("1.2.3.4, junk, 10.0.0.9", "10.0.0.9"),
        ("", "10.0.0.1"),
        ("1.2.3.4\x00", "10.0.0.1"),
    ],
)
def test_proxy_names_the_last_hop_that_is_no_proxy(forwarded_for: str, client: str) -> None:
    assert PROXIES.client("10.0.0.1", forwarded_for) == client


@pytest.mark.parametrize(
    ("header", "scheme"),
    [("https", "https"), ("http, https", "https"), ("HTTPS", "https"), ("ftp", "x"), ("", "x")],
)
def test_proxy_names_the_scheme(header: str, scheme: str) -> None:
    assert Proxies.scheme(header, "x") == scheme


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For: 1.2.3.4, junk", "X-Forwarded-For: 1.2.3.4", "X-Real-Ip: 8.8.8.8",
     "Forwarded: for=1.2.3.4", "X-Scheme: https", "X-Forwarded-Proto: https"],
)  # fmt: skip
def test_header_of_somebody_who_is_no_proxy_is_ignored(header: str) -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/who", header)
            assert answer.body == b"127.0.0.1 http /who"

    run(main())


def test_header_of_a_proxy_counts_for_its_request_only() -> None:
    async def main() -> None:
        async with serving(server__trusted_proxies="127.0.0.1") as server:
            told = ask(
                server, "GET", "/who", "X-Forwarded-For: 9.9.9.9, 1.2.3.4",
                "X-Forwarded-Proto: https", "X-Real-Ip: 8.8.8.8",
            )  # fmt: skip
            assert (await told).body == b"1.2.3.4 https /who"
            assert (await ask(server, "GET", "/who")).body == b"127.0.0.1 http /who"

    run(main())


def test_connections_through_a_proxy_count_for_who_is_behind_it() -> None:
    async def main() -> None:
        async with serving(
            server__trusted_proxies="127.0.0.1", limits__connections_per_ip="2"
        ) as server:

            async def get(address: str) -> int:
                return (
                    await ask(server, "GET", "/slow?seconds=0.3", f"X-Forwarded-For: {address}")
                ).status

            found = await asyncio.gather(*map(get, ["1.1.1.1"] * 3 + ["2.2.2.2"]))
            assert sorted(found) == [200, 200, 200, 429]
            assert found[3] == 200
            assert await get("1.1.1.1") == 200

    run(main())


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Real-IP: 8.8.8.8",
     "Forwarded: for=1.2.3.4"],
)  # fmt: skip
def test_operator_is_told_once_of_a_proxy_that_is_not_trusted(
    header: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving() as server:
            await ask(server, "GET", "/who")
            assert not caplog.records
            for _ in range(3):
                await ask(server, "GET", "/who", header)

    with caplog.at_level("WARNING"):
        run(main())
    (record,) = caplog.records
    assert header.partition(":")[0].lower() in record.message.lower()
    assert "trusted_proxies = 127.0.0.1" in record.message
    assert "1.2.3.4" not in record.message


def test_proxy_that_is_trusted_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(server__trusted_proxies="127.0.0.1") as server:
            await ask(server, "GET", "/who", "X-Forwarded-For: 1.2.3.4")

    with caplog.at_level("WARNING"):
        run(main())
    assert not caplog.records


def test_proxies_can_be_changed_while_serving() -> None:
    async def main() -> None:
        async with serving() as server:
            server.apply(config(server__trusted_proxies="127.0.0.1"))
            told = await ask(server, "GET", "/who", "X-Forwarded-For: 1.2.3.4")
            assert told.body == b"1.2.3.4 http /who"

    run(main())
