"""Whom to tell of a hole."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web.serving import ask, run, serving

TARGET = "/.well-known/security.txt"


def test_security_txt_is_there_once_somebody_answers() -> None:
    async def main() -> None:
        async with serving() as server:
            assert (await ask(server, "GET", TARGET)).status == 404

    run(main())


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("security@chat.example", "mailto:security@chat.example"),
        ("mailto:security@chat.example", "mailto:security@chat.example"),
        ("https://chat.example/@security", "https://chat.example/@security"),
        ("tel:+1-201-555-0123", "tel:+1-201-555-0123"),
    ],
)
def test_security_txt_has_what_rfc_9116_requires(contact: str, uri: str) -> None:
    async def main() -> None:
        base = "https://chat.example/chat"
        settings = {"server__security_contact": contact, "server__base_url": base}
        async with serving(**settings) as server:
            answer = await ask(server, "GET", f"/chat{TARGET}")
            assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
            lines = answer.body.decode().splitlines()
            found = dict(line.split(": ", 1) for line in lines)
            assert list(found) == ["Contact", "Expires", "Canonical"]
            assert (found["Contact"], found["Canonical"]) == (uri, base + TARGET)
            left = datetime.fromisoformat(found["Expires"]) - datetime.now(UTC)
            assert timedelta(days=30) < left < timedelta(days=365)

    run(main())


def test_security_txt_does_not_guess_its_own_address() -> None:
    async def main() -> None:
        async with serving(server__security_contact="a@b.example") as server:
            answer = await ask(server, "GET", TARGET, "Host: evil.example")
            assert b"Canonical" not in answer.body
            assert b"evil" not in answer.body

    run(main())
