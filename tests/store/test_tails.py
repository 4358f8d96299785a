from tornchat.store import Tails

BIG = 10**9


def texts(start: int, end: int) -> list[tuple[int, str, str]]:
    return [(seq, "message", f"t{seq}") for seq in range(start, end + 1)]


def filled(room: str = "lobby", start: int = 1, end: int = 5, limit: int = BIG) -> Tails:
    tails = Tails(limit)
    for entry in texts(start, end):
        tails.append(room, *entry)
    return tails


def test_since_gives_what_came_after() -> None:
    tails = filled()
    assert tails.since("lobby", 3, 100) == ["t4", "t5"]
    assert tails.since("lobby", 5, 100) == []
    assert tails.since("lobby", 0, 2) == ["t1", "t2"]


def test_since_is_not_covered_before_the_start_or_after_the_end() -> None:
    tails = filled(start=3)
    assert tails.since("lobby", 1, 100) is None
    assert tails.since("lobby", 2, 100) == ["t3", "t4", "t5"]
    assert tails.since("lobby", 6, 100) is None
    assert tails.since("tea", 0, 100) is None


def test_since_is_bounded_by_bytes_but_never_empty() -> None:
    tails = Tails(BIG)
    for seq in range(1, 4):
        tails.append("lobby", seq, "message", "ä" * 50)
    assert len(tails.since("lobby", 0, 9, 250) or []) == 2
    assert len(tails.since("lobby", 0, 9, 1) or []) == 1


def test_load_puts_older_ones_before_what_came_meanwhile() -> None:
    tails = Tails(BIG)
    tails.append("lobby", 4, "message", "t4")
    assert not tails.loaded("lobby")
    tails.load("lobby", texts(1, 4))
    tails.append("lobby", 5, "message", "t5")
    assert tails.loaded("lobby")
    assert tails.since("lobby", 0, 100) == ["t1", "t2", "t3", "t4", "t5"]


def test_load_of_an_empty_room_covers_its_end() -> None:
    tails = Tails(BIG)
    tails.load("lobby", [], last=7)
    assert tails.since("lobby", 7, 10) == []
    tails.append("lobby", 8, "message", "t8")
    assert tails.since("lobby", 7, 10) == ["t8"]


def test_hole_makes_the_tail_begin_anew() -> None:
    tails = filled()
    tails.append("lobby", 9, "message", "t9")
    assert tails.since("lobby", 5, 100) is None
    assert tails.since("lobby", 8, 100) == ["t9"]


def test_load_that_leaves_a_hole_keeps_the_younger_part() -> None:
    tails = Tails(BIG)
    tails.append("lobby", 9, "message", "t9")
    tails.load("lobby", texts(1, 4))
    assert tails.since("lobby", 8, 100) == ["t9"]
    assert tails.since("lobby", 3, 100) is None


def test_newest_state_skips_what_is_folded() -> None:
    tails = filled()
    tails.append("lobby", 6, "edited", "e6")
    tails.append("lobby", 7, "notice", "n7")
    assert tails.newest_state("lobby", 2) == ["t5", "n7"]
    assert tails.newest_state("lobby", 100) == ["t1", "t2", "t3", "t4", "t5", "n7"]


def test_newest_state_asks_the_database_when_more_may_be_there() -> None:
    tails = filled(start=3)
    assert tails.newest_state("lobby", 3) == ["t3", "t4", "t5"]
    assert tails.newest_state("lobby", 4) is None
    assert tails.newest_state("lobby", 4, first=3) == ["t3", "t4", "t5"]


def test_replace_changes_an_entry_in_place() -> None:
    tails = filled()
    tails.replace("lobby", 4, "blank")
    tails.replace("lobby", 9, "nowhere")
    tails.replace("tea", 1, "nowhere")
    assert tails.since("lobby", 2, 100) == ["t3", "blank", "t5"]


def test_oldest_entry_of_all_rooms_goes_first() -> None:
    size = filled(end=1).size
    tails = Tails(3 * size)
    for seq, room in ((1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "b")):
        tails.append(room, seq, "message", "xx")
    assert tails.size <= 3 * size
    assert tails.since("a", 0, 9) is None
    assert tails.since("a", 1, 9) == ["xx"]
    assert tails.since("b", 1, 9) == ["xx", "xx"]


def test_trim_forgets_what_retention_removed() -> None:
    tails = filled()
    tails.trim("lobby", 4)
    assert tails.since("lobby", 2, 9) is None
    assert tails.since("lobby", 3, 9) == ["t4", "t5"]


def test_drop_forgets_a_room_and_gives_its_bytes_back() -> None:
    tails = filled()
    tails.drop("lobby")
    assert (tails.since("lobby", 0, 9), tails.loaded("lobby"), tails.size) == (None, False, 0)


def test_memory_stays_flat_whatever_is_dropped_and_loaded() -> None:
    tails = Tails(100_000)
    for turn in range(300):
        tails.load("lobby", texts(1, 50))
        tails.append("tea", turn + 1, "message", "x")
        tails.drop("lobby")
    assert len(tails._order) < 3000
    for seq in range(1, 5000):
        tails.append("garden", seq, "message", "x" * 100)
    assert tails.size <= 100_000
    assert len(tails._order) < 3000
    assert tails.since("garden", 4990, 100) == ["x" * 100] * 9
