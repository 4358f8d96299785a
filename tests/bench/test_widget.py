"""What a trace of the browser says of the host page, and the tables made of it."""

import pytest

from bench.widget import Load, Task, busy_table, by_phase, size_table

CHAT = "http://127.0.0.1:1/"
HOST, FRAME = (10, 1), (20, 1)


def event(thread, name, ts, dur=0, **more):
    return {
        "pid": thread[0],
        "tid": thread[1],
        "name": name,
        "ts": ts,
        "dur": dur,
        "cat": "",
        **more,
    }


def script(thread, ts, path):
    args = {"data": {"url": f"{CHAT}{path}"}}
    return event(thread, "EvaluateScript", ts, 10, ph="X", args=args)


def mark(name, ts):
    return event(HOST, name, ts, cat="blink.user_timing", args="?")


def trace(frame=FRAME):
    return [
        event(HOST, "RunTask", 0, 50_000, tdur=40_000),
        event(HOST, "RunTask", 60_000, 9_000, tdur=2_000),
        script(HOST, 61_000, "widget.js"),
        event(HOST, "RunTask", 70_000, 5_000, tdur=4_000),
        mark("mount", 70_100),
        event(HOST, "RunTask", 80_000, 3_000, tdur=3_000),
        mark("open", 80_100),
        event(HOST, "RunTask", 90_000, 6_000),
        script(HOST, 91_000, "static/0/widget/panel.js"),
        event(frame, "RunTask", 95_000, 300_000, tdur=300_000),
        script(frame, 96_000, "embed/lobby"),
    ]


def test_tasks_of_the_page_are_told_by_phase_and_by_whose_they_are():
    load = Load(by_phase(trace(), CHAT), {})
    assert [load.longest(phase) for phase in ("load", "mount", "open")] == [2, 4, 6]
    assert [load.longest(phase, wall=True) for phase in ("load", "mount", "open")] == [9, 5, 6]
    assert [load.total(phase) for phase in ("load", "mount", "open")] == [2, 4, 9]
    assert [load.whole(phase) for phase in ("load", "mount", "open")] == [40, 4, 6]


def test_frame_must_not_be_in_the_process_of_the_page():
    with pytest.raises(AssertionError, match="shares its process"):
        by_phase(trace(frame=(HOST[0], 2)), CHAT)


def test_tables():
    tasks = {"load": [Task(2, 1.5, ours=True), Task(9, 8, ours=False)], "mount": [], "open": []}
    assert busy_table([Load(tasks, {})]).splitlines()[1].split() == [
        *("load", "1.5", "1.5", "2", "2", "1.5", "1.5", "8")
    ]
    assert size_table({"the tag": [5_000], "opening": [1_000, 40_000]}).splitlines() == [
        "         requests   bytes",
        "the tag         1   5,000",
        "opening         2  41,000",
    ]
