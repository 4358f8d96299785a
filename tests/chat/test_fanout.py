"""Fan-out: order, slices, and who gets what while subscribers come and go."""

import pytest

from tests.chat.running import Turns
from tornchat.chat import fanout
from tornchat.chat.fanout import Delivery, FanOut
from tornchat.frames import Frame


class Box:
    """A receiver that keeps what it got."""

    def __init__(self) -> None:
        self.got: list[str] = []

    @property
    def outlet(self) -> "Box":
        return self

    def send(self, frame: Frame) -> None:
        self.got += frame.texts


def crowd(count: int) -> dict[Box, Box]:
    """Subscribers, each of which is its own outlet."""
    return {box: box for box in (Box() for _ in range(count))}


@pytest.fixture
def sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of one receiver each."""
    monkeypatch.setattr(fanout, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr(fanout, "CHECK_EVERY", 1)


def frame(text: str) -> Frame:
    return Frame([text])


def test_small_room_is_served_at_once() -> None:
    boxes, turns = crowd(3), Turns()
    FanOut(boxes, turns).push(Delivery(frame("1")))
    assert [box.got for box in boxes] == [["1"]] * 3
    assert not turns.waiting


@pytest.mark.usefixtures("sliced")
def test_long_delivery_yields_and_keeps_the_order() -> None:
    boxes, turns = crowd(5), Turns()
    out = FanOut(boxes, turns)
    for text in ("1", "2", "3"):
        out.push(Delivery(frame(text)))
    assert sum(len(box.got) for box in boxes) == 1, "only the first slice has run"
    assert turns.run() >= 12
    assert all(box.got == ["1", "2", "3"] for box in boxes)
    assert not out.busy


@pytest.mark.usefixtures("sliced")
def test_whoever_leaves_in_the_middle_gets_nothing_more() -> None:
    boxes, turns = crowd(5), Turns()
    out = FanOut(boxes, turns)
    out.push(Delivery(frame("1")))
    gone = {box for box in boxes if not box.got}
    for box in gone:
        del boxes[box]
        out.forget(box)
    turns.run()
    assert all(box.got == [] for box in gone)


@pytest.mark.usefixtures("sliced")
def test_whoever_comes_in_the_middle_gets_only_what_begins_later() -> None:
    boxes, turns = crowd(3), Turns()
    out = FanOut(boxes, turns)
    out.push(Delivery(frame("1")))
    late = Box()
    boxes[late] = late
    out.push(Delivery(frame("2")))
    turns.run()
    assert late.got == ["2"]


@pytest.mark.usefixtures("sliced")
def test_whoever_leaves_and_comes_back_in_the_middle_gets_the_rest_by_replay_alone() -> None:
    boxes, turns = crowd(3), Turns()
    out = FanOut(boxes, turns)
    out.push(Delivery(frame("1")))
    back = next(box for box in boxes if not box.got)
    del boxes[back]
    out.forget(back)
    boxes[back] = back
    out.push(Delivery(frame("2")))
    turns.run()
    assert back.got == ["2"]


class Answers(Delivery):
    """A delivery that makes up its mind when its turn comes, and says what it saw."""

    def __init__(self, frame: Frame | None, own: list[tuple[Box, Frame]]) -> None:
        super().__init__(frame)
        self.answers = own
        self.seen: list[object] = []

    def begin(self) -> None:
        self.own = self.answers
        self.seen.append([list(box.got) for box, _ in self.answers])

    def done(self, receivers: int) -> None:
        self.seen.append(([list(box.got) for box, _ in self.answers], receivers))


def test_sender_gets_its_own_frame_instead() -> None:
    sender, other = Box(), Box()
    out = FanOut({sender: sender, other: other}, Turns())
    out.push(Answers(frame("entry"), [(sender, Frame(["entry", "ack"]))]))
    assert (sender.got, other.got) == (["entry", "ack"], ["entry"])


def test_sender_who_left_still_gets_its_answer() -> None:
    sender, other = Box(), Box()
    out = FanOut({other: other}, Turns())
    out.push(Answers(None, [(sender, frame("ack"))]))
    assert (sender.got, other.got) == (["ack"], [])


def test_signal_spares_the_one_it_comes_from() -> None:
    sender, other = Box(), Box()
    FanOut({sender: sender, other: other}, Turns()).push(
        Delivery(frame("signal"), without=(sender,))
    )
    assert (sender.got, other.got) == ([], ["signal"])


def test_begin_and_done_surround_the_delivery() -> None:
    box = Box()
    delivery = Answers(frame("1"), [(box, frame("1"))])
    FanOut({box: box}, Turns()).push(delivery)
    assert delivery.seen == [[[]], ([["1"]], 1)]


@pytest.mark.usefixtures("sliced")
def test_delivery_waits_until_its_turn_comes() -> None:
    out = FanOut(crowd(2), turns := Turns())
    first, second = Delivery(frame("1")), Delivery(frame("2"))
    out.push(first)
    assert out.waiting is None
    out.push(second)
    assert out.waiting is second
    turns.run()
    assert out.waiting is None


def test_push_from_within_a_send_waits_its_turn() -> None:
    boxes: dict[Box, Box] = {}
    out = FanOut(boxes, Turns())

    class Echo(Box):
        def send(self, frame: Frame) -> None:
            super().send(frame)
            if frame.texts == ["1"]:
                out.push(Delivery(Frame(["2"])))

    echo = Echo()
    boxes[echo] = echo
    out.push(Delivery(frame("1")))
    assert [box.got for box in boxes] == [["1", "2"]]
