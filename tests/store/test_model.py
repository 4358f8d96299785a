"""The log against a plain model of it: sends, resends, changes, retention and reopening."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.kit import ANN, BOB, Chat, draft
from tornchat.errors import Conflict, Forbidden, NotFound
from tornchat.protocol import Message
from tornchat.store import Draft, Retention, prune

PEOPLE = st.sampled_from([ANN, BOB])
ROOMS = st.sampled_from(["lobby", "lobby", "lobby", "tea"])
CLIENT_IDS = st.integers(0, 12).map("c{}".format)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
TARGETS = st.integers(1, 4)


class ModelRoom:
    """What a room's log must be."""

    def __init__(self) -> None:
        self.first = 1
        self.next = 1
        self.log: dict[int, dict[str, Any]] = {}
        self.writes: dict[tuple[str, str], tuple[int, bytes]] = {}

    def publish(self, draft: Draft) -> int | type[Exception]:
        assert draft.person is not None
        assert draft.client_id is not None
        key = (draft.person.id, draft.client_id)
        if key in self.writes:
            seq, fingerprint = self.writes[key]
            return seq if fingerprint == draft.fingerprint else Conflict
        result = self.apply(draft)
        if isinstance(result, int) and result == self.next:
            self.writes[key] = (result, draft.fingerprint)
            self.next += 1
        return result

    def apply(self, draft: Draft) -> int | type[Exception]:
        entry = {"kind": draft.kind, "text": draft.text, "by": draft.person.id, "deleted": None}
        entry |= {"target": draft.target, "reactions": set()}
        if draft.kind != "message":
            target = self.log.get(draft.target)
            if target is None or target["kind"] != "message":
                return NotFound
            if draft.kind == "deleted":
                if target["by"] != draft.person.id and not draft.moderator:
                    return Forbidden
                if target["deleted"]:
                    return target["deleted"]
            elif target["deleted"]:
                return NotFound
            elif draft.kind == "edited" and target["by"] != draft.person.id:
                return Forbidden
            self.change(target, draft)
        self.log[self.next] = entry
        return self.next

    def change(self, target: dict[str, Any], draft: Draft) -> None:
        if draft.kind == "edited":
            target["text"] = draft.text
        elif draft.kind == "deleted":
            target |= {"text": "", "deleted": self.next, "reactions": set()}
            for entry in self.log.values():
                if entry["kind"] == "edited" and entry["target"] == draft.target:
                    entry["text"] = ""
        elif draft.on:
            target["reactions"].add((draft.emoji, draft.person.id))
        else:
            target["reactions"].discard((draft.emoji, draft.person.id))

    def prune(self, messages: int) -> None:
        self.first = max(self.first, self.next - messages)
        self.log = {seq: entry for seq, entry in self.log.items() if seq >= self.first}
        self.writes = {key: found for key, found in self.writes.items() if found[0] >= self.first}


class LogMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tornchat-model-"))
        self.chat = Chat(self.folder / "data")
        self.model = {"lobby": ModelRoom(), "tea": ModelRoom()}
        for person in (ANN, BOB, ANN):
            self.publish(draft("begin", person=person))

    def teardown(self) -> None:
        self.chat.close()
        shutil.rmtree(self.folder)

    def publish(self, one: Draft) -> None:
        outcome = self.chat.send(one)
        expected = self.model[one.room].publish(one)
        assert (outcome.seq if outcome.error is None else type(outcome.error)) == expected

    @rule(room=ROOMS, person=PEOPLE, client_id=CLIENT_IDS, text=TEXTS)
    def send(self, room, person, client_id, text) -> None:
        self.publish(draft(text, room=room, person=person, client_id=client_id))

    @rule(room=ROOMS, person=PEOPLE, client_id=CLIENT_IDS)
    def send_the_same(self, room, person, client_id) -> None:
        self.publish(draft("same", room=room, person=person, client_id=client_id))

    @rule(room=ROOMS, person=PEOPLE, about=TARGETS, moderator=st.booleans())
    def delete(self, room, person, about, moderator) -> None:
        fields = {"room": room, "person": person, "target": about, "moderator": moderator}
        self.publish(draft("", kind="deleted", **fields))

    @rule(room=ROOMS, about=TARGETS, text=TEXTS)
    def edit_own(self, room, about, text) -> None:
        target = self.model[room].log.get(about, {"by": ANN.id})
        person = ANN if target["by"] == ANN.id else BOB
        self.publish(draft(text, kind="edited", room=room, person=person, target=about))

    @rule(room=ROOMS, person=PEOPLE, client_id=CLIENT_IDS, about=TARGETS, text=TEXTS)
    def edit(self, room, person, client_id, about, text) -> None:
        fields = {"room": room, "person": person, "target": about, "client_id": client_id}
        self.publish(draft(text, kind="edited", **fields))

    @rule(room=ROOMS, person=PEOPLE, about=TARGETS, on=st.booleans(), emoji=st.sampled_from("xy"))
    def react(self, room, person, about, on, emoji) -> None:
        fields = {"room": room, "person": person, "target": about, "on": on, "emoji": emoji}
        self.publish(draft("", kind="reacted", **fields))

    @rule(messages=st.integers(4, 12))
    def prune(self, messages) -> None:
        asyncio.run(prune(self.chat.journal, Retention(messages=messages), lambda: 0.0))
        for room in self.model.values():
            room.prune(messages)

    @rule()
    def reopen(self) -> None:
        self.chat.close()
        self.chat = Chat(self.folder / "data")

    @invariant()
    def log_is_the_model(self) -> None:
        for name, room in getattr(self, "model", {}).items():
            page = self.chat.log(name)
            assert (page.first, page.last) == (room.first, room.next - 1)
            assert [e.seq for e in page.entries] == list(range(room.first, room.next))
            for entry in page.entries:
                expected = room.log[entry.seq]
                assert type(entry).__name__.lower() == expected["kind"]
                if isinstance(entry, Message):
                    counts: dict[str, int] = {}
                    for emoji, _ in expected["reactions"]:
                        counts[emoji] = counts.get(emoji, 0) + 1
                    assert (entry.text, entry.deleted) == (
                        expected["text"],
                        expected["deleted"] is not None,
                    )
                    assert (entry.reactions or {}) == counts
                elif expected["kind"] == "edited":
                    assert entry.text == expected["text"]


TestLog = LogMachine.TestCase
TestLog.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
