"""THREATS 5 E 74: what somebody types into the search of the admin page is only looked for."""

from urllib.parse import quote

from tests.threats.cases_admin import Browser, account
from tests.threats.scene import Case, Scene

HOSTILE = (
    "%", "_", '"', "*", "'", "''; DROP TABLE entry; --", "NEAR(", "NEAR(a b, 9999999999)",
    "a OR", "a OR " * 1_000, "NOT", "a AND (b", "marks : r1", "{text marks} : a", "^a", "a + b",
    '"' * 199, "(" * 199, "a" * 199, "* " * 99, "\0", "\ud7ff\ufeff\u202e", "-", "--", "a*b*c*",
)  # fmt: skip


async def hostile_words(scene: Scene) -> None:
    """Each is looked for, or refused; ten times as many words are more than an address may hold."""
    browser = Browser(scene)
    assert (await browser.sign_in(await account(scene))).status == 303
    for words in HOSTILE:
        answer = await browser.get(f"messages?search={quote(words)}")
        assert answer.status in ({200, 400} if len(words) < 200 else {400}), words[:40]
        assert b"sqlite" not in answer.body.lower()
    assert (await browser.get("messages?search=one+more")).status == 200


QUICK = [Case("E74-hostile-words", hostile_words)]
