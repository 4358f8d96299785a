"""One question, one answer, and the bounds that a peer meets."""

import asyncio
import contextlib
import json

import pytest

from tests.control.place import Section, connected, raw, read, serving
from tornchat.control import NoAnswer, NobodyListens, ask
from tornchat.control.server import CONNECTIONS
from tornchat.errors import BadRequest, Conflict, Internal, Overloaded, UnknownType


def asked(tmp_path, verb, **args):
    async def scenario():
        async with serving(tmp_path) as path:
            return await asyncio.to_thread(ask, path, verb, args)

    return asyncio.run(scenario())


def answered(tmp_path, data, **more):
    async def scenario():
        async with serving(tmp_path, patience=0.2) as path:
            return await asyncio.to_thread(raw, path, data, **more)

    return asyncio.run(scenario())


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def test_result_comes_back(tmp_path):
    assert asked(tmp_path, "rooms") == [{"name": "lobby", "title": "Lobby é"}]


def test_refusal_comes_back_as_the_same_error(tmp_path):
    with pytest.raises(Conflict, match=r"^room 'lobby': exists already$"):
        asked(tmp_path, "create_room", name="lobby")


def test_long_answer_comes_back_whole(tmp_path):
    assert asked(tmp_path, "bans") == "x" * 1_000_000


def test_unknown_verb_and_wrong_arguments_are_told(tmp_path):
    with pytest.raises(UnknownType):
        asked(tmp_path, "secret")
    with pytest.raises(BadRequest):
        asked(tmp_path, "room", nam="den")


def test_fault_of_a_verb_is_logged_and_not_shown(tmp_path, caplog):
    with pytest.raises(Internal) as caught:
        asked(tmp_path, "tokens")
    assert "fault" not in str(caught.value)
    assert "ZeroDivisionError" in caplog.text


def test_log_names_the_verb_and_no_argument(tmp_path, caplog):
    caplog.set_level("DEBUG", "tornchat")
    asked(tmp_path, "create_room", name="den", title="canary")
    with contextlib.suppress(UnknownType):
        asked(tmp_path, "canary")
    assert "create_room: done" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\n", "bad_json"),
        (b"{\n", "bad_json"),
        (b"\xff\xfe\n", "bad_json"),
        (b'{"verb": "rooms"} {}\n', "bad_json"),
        (b"[" * 60_000 + b"\n", "bad_request"),
        (b'{"verb": "rooms", "args": ' + b'{"a":' * 10_000 + b"\n", "bad_json"),
        (b"[]\n", "bad_request"),
        (b"null\n", "bad_request"),
        (b'{"args": {}}\n', "bad_request"),
        (b'{"verb": 1}\n', "bad_request"),
        (b'{"verb": "rooms", "args": []}\n', "bad_request"),
        (b'{"verb": "rooms", "more": 1}\n', "bad_request"),
        (b'{"verb": "' + b"x" * 1000 + b'"}\n', "unknown_type"),
        (b'{"verb": "rooms", "args": {"x": "' + b"x" * 70_000 + b'"}}\n', "too_large"),
        (b"x" * 1_000_000, "too_large"),
    ],
)  # fmt: skip
def test_bad_question_is_refused_with_its_code(tmp_path, data, code):
    assert answered(tmp_path, data)["error"]["code"] == code


def test_question_without_its_end_is_refused(tmp_path):
    assert answered(tmp_path, b'{"verb"', half=True)["error"]["code"] == "bad_request"


def test_peer_that_asks_nothing_gets_nothing(tmp_path):
    assert answered(tmp_path, b"", half=True) is None


def test_peer_that_takes_too_long_to_ask_is_ended(tmp_path):
    assert answered(tmp_path, b'{"verb"') is None


def test_second_question_of_a_connection_is_not_read(tmp_path):
    line = json.dumps({"verb": "room", "args": {"name": "a"}}).encode() + b"\n"
    assert answered(tmp_path, line * 2) == {"result": {"name": "a"}}


def test_connections_are_bounded_and_places_come_free(tmp_path):
    async def scenario():
        async with serving(tmp_path) as path:
            with contextlib.ExitStack() as stack:
                idle = [stack.enter_context(connected(path)) for _ in range(CONNECTIONS)]
                with pytest.raises(Overloaded):
                    await asyncio.to_thread(ask, path, "rooms", {})
                idle[0].close()
                async with asyncio.timeout(10):
                    while True:
                        with contextlib.suppress(Overloaded):
                            return await asyncio.to_thread(ask, path, "rooms", {})

    assert asyncio.run(scenario())


def test_peer_that_does_not_take_its_answer_is_ended(tmp_path):
    async def scenario():
        async with serving(tmp_path, patience=0.2) as path:
            with connected(path) as deaf:
                deaf.sendall(b'{"verb": "bans"}\n')
                await until(lambda: len(asyncio.all_tasks()) == 2)
                await until(lambda: len(asyncio.all_tasks()) == 1)
                with pytest.raises(json.JSONDecodeError):
                    await asyncio.to_thread(read, deaf)

    asyncio.run(scenario())


def test_verb_is_carried_out_although_its_asker_has_gone(tmp_path):
    async def scenario():
        section = Section()
        async with serving(tmp_path, section) as path:
            with connected(path) as connection:
                connection.sendall(b'{"verb": "delete_room", "args": {"name": "den"}}\n')
                await until(lambda: section.asked)
            section.gate.set()
            await until(lambda: section.done)

    asyncio.run(scenario())


def test_stop_waits_for_a_verb_under_way(tmp_path):
    async def scenario():
        section = Section()
        async with serving(tmp_path, section) as path:
            asking = asyncio.create_task(
                asyncio.to_thread(ask, path, "delete_room", {"name": "den"})
            )
            await until(lambda: section.asked)
            asyncio.get_running_loop().call_later(0.05, section.gate.set)
        assert section.done == 1
        assert await asking is None

    asyncio.run(scenario())


def test_stop_gives_a_verb_up_that_does_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr("tornchat.control.server.STOP_SECONDS", 0.05)

    async def scenario():
        section = Section()
        async with serving(tmp_path, section) as path:
            asking = asyncio.create_task(
                asyncio.to_thread(ask, path, "delete_room", {"name": "den"})
            )
            await until(lambda: section.asked)
        with pytest.raises(NoAnswer, match="ended before it answered"):
            await asking
        assert len(asyncio.all_tasks()) == 2
        section.gate.set()  # it is carried through nevertheless
        await until(lambda: len(asyncio.all_tasks()) == 1)
        assert section.done == 1

    asyncio.run(scenario())


def test_stop_leaves_nobody_waiting_who_has_not_asked(tmp_path, monkeypatch):
    monkeypatch.setattr("tornchat.control.server.STOP_SECONDS", 0.05)

    async def scenario():
        async with serving(tmp_path) as path:
            idle = connected(path)
        with idle:
            assert await asyncio.to_thread(read, idle) is None
        with pytest.raises(NobodyListens):
            ask(path, "rooms", {})

    asyncio.run(scenario())
