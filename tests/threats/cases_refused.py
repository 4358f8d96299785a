"""THREATS 5 D: single commands that are refused, and what every refusal must be like."""

import json
from functools import partial
from typing import Any

from tests.kit.chat import ChatClient
from tests.threats.scene import LOBBY, OTHER, Case, Scene

SAFE = 2**53 - 1


def command(type_: str, **fields: Any) -> str:
    return json.dumps({"type": type_, **fields})


def message(**fields: Any) -> str:
    return command("send", **{"room": LOBBY, "text": "bad", "client_id": "1", **fields})


def with_data(raw: str) -> str:
    """Return a message whose data is any text at all."""
    return message(kind="app.test").removesuffix("}") + f', "data": {raw}}}'


REFUSED = [
    ("D52-not-JSON", "{bad", "bad_json"),
    ("D52-nothing-but-a-space", " ", "bad_json"),
    ("D52-two-objects", "{}{}", "bad_json"),
    ("D52-array", "[]", "bad_request"),
    ("D52-string", '"hello"', "bad_request"),
    ("D52-null", "null", "bad_request"),
    ("D52-empty-object", "{}", "bad_request"),
    ("D52-unknown-type", command("dance"), "unknown_type"),
    ("D52-type-of-the-server", command("ack", room=LOBBY), "unknown_type"),
    ("D52-type-is-a-number", command(5), "bad_request"),  # type: ignore[arg-type]
    ("D52-type-is-null", command(None), "bad_request"),  # type: ignore[arg-type]
    ("D52-type-of-64-KB", command("x" * 60_000), "unknown_type"),
    ("D52-missing-field", command("send", room=LOBBY, text="x"), "bad_request"),
    ("D52-null-for-text", message(text=None), "bad_request"),
    ("D52-number-for-text", message(text=5), "bad_request"),
    ("D52-array-for-text", message(text=["x"]), "bad_request"),
    ("D52-object-for-room", message(room={}), "bad_request"),
    ("D52-true-for-int", message(reply_to=True), "bad_request"),
    ("D52-text-for-int", message(reply_to="1"), "bad_request"),
    ("D52-half-for-int", message(reply_to=1.5), "bad_request"),
    ("D52-int-for-bool", command("typing", room=LOBBY, on=1), "bad_request"),
    ("D52-ref-of-65", message(ref="x" * 65), "bad_request"),
    ("D52-ref-is-a-number", message(ref=1), "bad_request"),
    ("D52-kind-is-not-a-word", message(kind="Text!"), "bad_request"),
    ("D53-depth-9", with_data("[" * 8 + "]" * 8), "bad_request"),
    ("D53-depth-20000", with_data("[" * 20_000 + "]" * 20_000), "bad_request"),
    ("D53-open-brackets", "[" * 60_000, "bad_request"),
    ("D53-NaN", with_data("NaN"), "bad_request"),
    ("D53-Infinity", with_data("-Infinity"), "bad_request"),
    ("D53-1e999", with_data("1e999"), "bad_request"),
    ("D53-2-to-53", with_data(str(2**53)), "bad_request"),
    ("D53-integer-of-5000-digits", with_data("9" * 5_000), "bad_request"),
    ("D53-reply-to-2-to-53", message(reply_to=2**53), "bad_request"),
    ("D53-reply-to-0", message(reply_to=0), "bad_request"),
    ("D53-reply-to-minus-1", message(reply_to=-1), "bad_request"),
    ("D53-data-over-4-KB", with_data(json.dumps("x" * 4096)), "bad_request"),
    ("D55-room-not-joined", message(room=OTHER), "forbidden"),
    ("D55-signal-not-joined", command("signal", room=OTHER, kind="x"), "forbidden"),
    ("D55-typing-not-joined", command("typing", room=OTHER, on=True), "forbidden"),
    ("D55-read-not-joined", command("read", room=OTHER, seq=1), "forbidden"),
    ("D55-delete-not-joined", command("delete", room=OTHER, target=1, client_id="1"), "forbidden"),
    ("D52-command-without-a-text", command("command", room=LOBBY), "bad_request"),
    ("D52-command-of-a-list", command("command", room=LOBBY, text=["/who"]), "bad_request"),
    ("D55-command-not-joined", command("command", room=OTHER, text="/who"), "forbidden"),
    ("D55-command-in-no-room", command("command", room="nowhere", text="/who"), "forbidden"),
    ("D64-command-in-a-room-of-dots", command("command", room="..", text="/who"), "bad_request"),
    ("D55-leave-not-joined", command("leave", room=OTHER), "forbidden"),
    ("D55-send-to-no-room", message(room="nowhere"), "forbidden"),
    ("D55-join-no-room", command("join", room="nowhere"), "not_found"),
    ("D55-history-of-no-room", command("history", room="nowhere"), "not_found"),
    ("D55-second-hello", command("hello", protocol=1), "bad_request"),
    ("D58-client-id-empty", message(client_id=""), "bad_request"),
    ("D58-client-id-of-65", message(client_id="x" * 65), "bad_request"),
    ("D58-client-id-of-60-KB", message(client_id="x" * 60_000), "bad_request"),
    ("D58-client-id-is-a-number", message(client_id=1), "bad_request"),
    ("D58-client-id-is-null", message(client_id=None), "bad_request"),
    ("D59-since-2-to-63", command("join", room=LOBBY, since=2**63, epoch="x"), "bad_request"),
    ("D59-since-is-text", command("join", room=LOBBY, since="1", epoch="x"), "bad_request"),
    ("D59-epoch-of-60-KB", command("join", room=LOBBY, since=1, epoch="x" * 60_000),
        "bad_request"),
    ("D60-limit-minus-1", command("history", room=LOBBY, limit=-1), "bad_request"),
    ("D60-limit-0", command("history", room=LOBBY, limit=0), "bad_request"),
    ("D60-limit-is-text", command("history", room=LOBBY, limit="ten"), "bad_request"),
    ("D60-before-is-text", command("history", room=LOBBY, before="x"), "bad_request"),
    ("D60-before-2-to-63", command("history", room=LOBBY, before=2**63), "bad_request"),
    ("D60-two-positions", command("history", room=LOBBY, before=5, after=1), "bad_request"),
    ("D60-view-unknown", command("history", room=LOBBY, view="all"), "bad_request"),
    ("D61-delete-nothing", command("delete", room=LOBBY, target=SAFE, client_id="1"),
        "not_found"),
    ("D61-delete-seq-0", command("delete", room=LOBBY, target=0, client_id="1"), "bad_request"),
    ("D62-4001-characters", message(text="x" * 4001), "too_large"),
    ("D62-16-KB-of-marks", message(text="a" + "\u0301" * 8192), "too_large"),
    ("D62-joined-emoji", message(text="👩\u200d👩" * 1334), "too_large"),
    ("D62-longer-when-normal", message(text="\U0001d160" * 1400), "too_large"),
    ("D63-empty", message(text=""), "bad_request"),
    ("D63-whitespace", message(text=" \t\n\u3000\u00a0"), "bad_request"),
    ("D63-zero-width", message(text="\u200b\u200d\u2060\ufeff"), "bad_request"),
    ("D63-fillers", message(text="\u3164\u115f\u2800"), "bad_request"),
    ("D63-only-marks", message(text="\u0301"), "bad_request"),
    ("D64-room-slash", command("join", room="a/b"), "bad_request"),
    ("D64-room-NUL", command("join", room="a\0"), "bad_request"),
    ("D64-room-line-end", command("join", room="lobby\n"), "bad_request"),
    ("D64-room-dots", command("join", room=".."), "bad_request"),
    ("D64-room-of-10-KB", command("join", room="a" * 10_240), "bad_request"),
    ("D64-room-emoji", command("join", room="🏠"), "bad_request"),
    ("D64-room-capitals", command("join", room="Lobby"), "bad_request"),
    ("D64-room-empty", command("join", room=""), "bad_request"),
    ("D64-room-lookalike", command("join", room="l\u043ebby"), "bad_request"),
]  # fmt: skip


async def refused(text: str, code: str, scene: Scene) -> None:
    """The answer is an error that repeats no insides; the peer stays; nothing is stored."""
    peer = await scene.enter()
    begin = len(peer.events)
    await peer.transport.send([text])
    error = await peer.event("error", after=begin)
    assert error["code"] == code, error
    assert error["retryable"] is False
    assert len(error["message"]) < 300
    await stays_silent(peer, scene)


async def stays_silent(peer: ChatClient, scene: Scene) -> None:
    await peer.ping()
    await scene.company.say()
    await scene.witness.ping()
    assert not scene.company.from_person(peer.person)


QUICK = [Case(id_, partial(refused, text, code)) for id_, text, code in REFUSED]
