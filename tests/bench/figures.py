"""Made-up results to write documents from."""

from bench.results import Connections, Flood, Results, Run, Series


def rounds(*per_second, p50=1.0, p99=2.0):
    return [Run(one, p50, p99) for one in per_second]


def results(**changes):
    """Return results in which tornchat keeps every promise."""
    found = Results(
        date="2026-11-21",
        version="0.1.0",
        quick=False,
        machine={"Cores": "2"},
        pinned=True,
        generator="C",
        seconds=600,
        series=[
            Series("floor-c", 1000, window=1, runs=rounds(200e3, 100e3, 300e3)),
            Series("sockjs-node", 1000, window=1, runs=rounds(90e3, 50e3, 120e3)),
            Series("tornchat", 1000, window=1, runs=rounds(160e3, 90e3, 150e3)),
            Series("floor-c", 1000, window=64, runs=rounds(200e3)),
            Series("sockjs-node", 1000, window=64, runs=rounds(100e3, p50=600)),
            Series(
                "tornchat",
                1000,
                window=64,
                runs=rounds(3.1e6, p50=17.0),
                groups={"sum": 64.0, "count": 2.0},
            ),
            Series("sockjs-node", 100, rate=400, runs=rounds(40e3, p50=0.5, p99=2.9)),
            Series("tornchat", 100, rate=400, runs=rounds(40e3, p50=0.8, p99=1.2)),
        ],
        connections=[Connections("tornchat", 15_000, 1500, 19.5, held_ms=50.0)],
        flood=Flood(20, 50.0, quiet=rounds(1e3, 1e3), beside=rounds(1e3, 1e3, p99=2.2), sent=9000),
    )
    for name, value in changes.items():
        setattr(found, name, value)
    return found
