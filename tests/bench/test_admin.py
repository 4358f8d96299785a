"""The tables of the admin page's figures."""

from bench.admin import missed, table


def test_table_has_the_median_and_the_longest():
    assert table({"/admin/": [3.0, 1.0, 200.0], "/admin/rooms": [5.0]}).splitlines() == [
        "              p50 ms  max ms",
        "/admin/            3     200",
        "/admin/rooms       5       5",
    ]


def test_goal_is_missed_by_the_longest_time():
    pages = {"/admin/": [1.0, 300.0], "/admin/rooms": [1.0, 300.1]}
    assert missed(pages, [100.0]) == ["/admin/rooms"]
    assert missed(pages, [1.0, 100.1]) == ["/admin/rooms", "search"]
