"""The browser part of the kit itself."""

import pytest

from tests.e2e.browser import People, online, say, sees
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess
from tests.kit.waiting import until


async def test_two_people_chat(people: People) -> None:
    ann, bob = await people.new_person("Ann"), await people.new_person("Bob")
    await say(ann, "Hello from Ann")
    await sees(bob, "Hello from Ann")
    await say(bob, "Hello from Bob")
    await sees(ann, "Hello from Bob")


async def test_page_works_through_a_proxy(people: People, server: ServerProcess) -> None:
    async with FaultProxy(server.port) as proxy:
        ann = await people.new_person("Ann", url=proxy.url, transport="xhr-polling")
        await online(ann, "xhr-polling")
        await say(ann, "through a proxy")
        await sees(ann, "through a proxy")
        await ann.close()
    assert any("/xhr" in request for request in proxy.requests)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("console.error('planted')", "planted"),
        ("setTimeout(() => { throw new Error('thrown'); })", "thrown"),
        ("document.body.setAttribute('onclick', '1')", "Content Security Policy"),
    ],
)
async def test_problem_in_a_page_fails_the_test(people: People, script: str, words: str) -> None:
    ann = await people.new_person("Ann")
    await ann.evaluate(f"() => {{ {script} }}")
    await until(lambda: people.problems)
    with pytest.raises(AssertionError, match=words):
        people.check()
    people.expect_problems(words)
