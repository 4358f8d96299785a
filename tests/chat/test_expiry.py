"""Deadlines: who is due, and what those who left still cost."""

from tornchat.chat.expiry import SLACK, Deadlines


def test_deadlines_come_due_in_order_and_once() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for who, when in (("late", 3.0), ("early", 1.0), ("middle", 2.0)):
        deadlines.set(who, when)
    assert deadlines.due(0.9) == []
    assert deadlines.due(2.0) == ["early", "middle"]
    assert deadlines.due(9.0) == ["late"]
    assert (deadlines.due(9.0), len(deadlines)) == ([], 0)


def test_deadline_that_was_moved_counts_at_its_new_time_only() -> None:
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("ann", 1.0)
    deadlines.set("ann", 5.0)
    assert deadlines.due(4.9) == []
    assert deadlines.due(5.0) == ["ann"]
    deadlines.set("ben", 6.0)
    deadlines.set("ben", None)
    assert deadlines.due(9.0) == []


def test_those_who_left_are_not_kept_until_their_deadline() -> None:
    deadlines: Deadlines[object] = Deadlines()
    people = [object() for _ in range(1000)]
    for person in people:
        deadlines.set(person, 86_400.0)
    for person in people:
        deadlines.drop(person)
    assert len(deadlines) == 0
    assert len(deadlines._heap) <= SLACK
