"""The checker sees each fault, and sees none where there is none."""

from collections.abc import Sequence
from typing import Any

from tests.kit.checker import KINDS, check, log_of
from tests.kit.screen import Ack, Screen, Shown


def line(
    seq: int, client_id: str = "", *, epoch: str = "e", text: str = "", kind: str = "message"
) -> Shown:
    return Shown(epoch, seq, client_id or f"w{seq}", text or f"text {seq}", kind)


def lines(*seqs: int) -> list[Shown]:
    return [line(seq) for seq in seqs]


def ack(seq: int, client_id: str = "", epoch: str = "e") -> Ack:
    return Ack(epoch, seq, client_id or f"w{seq}")


def seen(*live: Shown, base: int = 0, page: Sequence[Shown] = (), epoch: str = "e") -> Screen:
    return Screen(epoch, base, list(page), list(live))


def kinds(**history: Any) -> list[str]:
    history.setdefault("log", lines(1, 2, 3, 4, 5))
    screens = history.pop("screens", [])
    return [fault.kind for fault in check(screens={"Ann": screens} if screens else {}, **history)]


def test_faultless_history_has_no_faults() -> None:
    log = lines(1, 2, 3, 4, 5)
    assert not kinds(log=log, acks=[ack(2), ack(5), ack(5)], screens=[seen(*log)])


def test_log_may_begin_where_retention_cut_it() -> None:
    assert not kinds(log=lines(4, 5), acks=[ack(1)], screens=[seen(*lines(1, 2, 3, 4, 5))])


def test_lost_ack_is_seen() -> None:
    assert kinds(acks=[ack(6)]) == ["lost"]


def test_lost_ack_in_an_empty_log_is_seen() -> None:
    assert kinds(log=[], acks=[ack(1)]) == ["lost"]


def test_write_that_is_twice_in_the_log_is_seen() -> None:
    assert kinds(log=[*lines(1, 2), line(3, "w1")]) == ["doubled"]


def test_write_acked_with_two_seqs_is_seen() -> None:
    assert "doubled" in kinds(acks=[ack(1), ack(2, "w1")])


def test_gap_in_the_log_is_seen() -> None:
    assert kinds(log=lines(1, 2, 4)) == ["gap"]


def test_seq_twice_in_the_log_is_seen() -> None:
    assert "reused" in kinds(log=[*lines(1, 2), line(2, "other")])


def test_seq_acked_for_two_writes_is_seen() -> None:
    assert "reused" in kinds(acks=[ack(1), ack(1, "w2")])


def test_acked_seq_that_went_to_another_write_is_seen() -> None:
    assert kinds(acks=[ack(3, "gone")]) == ["reused", "lost"]


def test_misordered_log_is_seen() -> None:
    assert "misordered" in kinds(log=lines(1, 3, 2, 4))


def test_line_shown_twice_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 2, 3, 4, 5))]) == ["doubled"]


def test_write_shown_under_two_seqs_is_seen() -> None:
    assert "doubled" in kinds(screens=[seen(*lines(1, 2, 3, 4), line(5, "w4"))])


def test_line_of_the_page_shown_again_is_seen() -> None:
    assert kinds(screens=[seen(*lines(3, 4, 5), page=lines(1, 3), base=3)]) == ["doubled"]


def test_page_that_runs_ahead_of_its_cursor_is_seen() -> None:
    assert "phantom" in kinds(screens=[seen(*lines(3, 4, 5), page=lines(1, 3), base=2)])


def test_gap_on_a_screen_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 4, 5))]) == ["gap"]


def test_gap_right_behind_the_page_is_seen() -> None:
    assert kinds(screens=[seen(*lines(4, 5), page=lines(1, 2), base=2)]) == ["gap"]


def test_page_may_skip() -> None:
    assert not kinds(screens=[seen(line(5), page=lines(1, 3), base=4)])


def test_missing_end_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 3))]) == ["gap"]


def test_missing_end_is_no_fault_of_a_client_that_left() -> None:
    assert not kinds(screens=[seen(*lines(1, 2, 3))], complete=False)


def test_misordered_screen_is_seen() -> None:
    assert "misordered" in kinds(screens=[seen(*lines(1, 3, 2, 4, 5))])


def test_misordered_page_is_seen() -> None:
    assert "misordered" in kinds(screens=[seen(page=lines(2, 1, 5), base=5)])


def test_shown_line_that_is_not_in_the_log_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 3, 4, 5, 6))]) == ["phantom"]


def test_shown_line_whose_seq_went_to_another_write_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 3, 4), line(5, "other"))]) == ["reused"]


def test_other_text_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 3, 4), line(5, text="forged"))]) == ["phantom"]


def test_text_that_was_deleted_later_is_no_fault() -> None:
    log = [*lines(1, 2), Shown("e", 3, "w3", "")]
    assert not kinds(log=log, screens=[seen(*lines(1, 2, 3))])


def test_write_that_nobody_sent_is_seen() -> None:
    assert kinds(screens=[seen(*lines(1, 2, 3, 4, 5))], sent=["w1", "w2", "w3", "w4"]) == [
        "phantom"
    ]


def test_other_epoch_is_held_against_what_others_saw_of_it() -> None:
    old = [line(1, "x", epoch="old")]
    other = [line(1, "y", epoch="old")]
    ann, bob = (
        [Screen("old", 0, [], shown), seen(*lines(1, 2, 3, 4, 5))] for shown in (old, other)
    )
    faults = check(log=lines(1, 2, 3, 4, 5), screens={"Ann": ann, "Bob": bob})
    assert [(fault.kind, fault.who) for fault in faults] == [("reused", "Bob")]


def test_ack_of_another_epoch_is_not_looked_for() -> None:
    assert not kinds(acks=[ack(9, epoch="old")])


def test_log_is_made_of_entries_of_the_wire() -> None:
    entries = [
        {"type": "message", "seq": 1, "client_id": "a", "text": "x", "from": {}},
        {"type": "deleted", "seq": 2, "target": 1},
    ]
    assert log_of("e", entries) == [
        Shown("e", 1, "a", "x"),
        Shown("e", 2, "", "", "deleted"),
    ]


def test_every_kind_of_fault_is_planted_in_this_file() -> None:
    planted = {
        *kinds(acks=[ack(6)]),
        *kinds(log=[*lines(1, 2), line(3, "w1")]),
        *kinds(log=lines(1, 3)),
        *kinds(log=[*lines(1, 2), line(2, "other")]),
        *kinds(log=lines(1, 3, 2)),
        *kinds(screens=[seen(*lines(1, 2, 3, 4, 5, 6))]),
    }
    assert planted == set(KINDS)
