"""`python -m bench`: measure, print tables as it goes, keep the results, write the document."""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import machine, report
from bench.contenders import Contender, chosen
from bench.phases import PHASES, QUICK, Bench, Plan
from bench.results import LATEST, Results, Series, load
from bench.table import aligned, connection_rows, series_rows, times
from tornchat import __version__

BUSY = 0.7


def main() -> None:
    """Parse the command line and do what it says."""
    options = _options()
    if options.report:
        report.write(load(options.report))
        return
    if not sys.platform.startswith("linux"):
        sys.exit("The bench needs Linux: it uses epoll, pins cores and reads /proc.")
    results = _measure(options.quick, options.only.split(","), options.peers)
    whole = set(options.only.split(",")) == set(PHASES) and not options.peers
    if whole and not options.quick:
        results.save()
        report.write(results)
        print("Written: bench/results/latest.json, docs/performance.md, docs/performance.svg")
    else:
        results.save(machine.BUILD / LATEST.name)
        print("A part only, so docs/performance.md stays: bench/build/latest.json")


def _measure(quick: bool, phases: list[str], contenders: list[Contender]) -> Results:
    files, start = machine.allow_many_files(), time.monotonic()
    servers, generators = machine.cores()
    if generators is not None:
        os.sched_setaffinity(0, {generators})
    results = _empty(quick)
    for name, value in results.machine.items():
        print(f"{name}: {value}")
    if os.getloadavg()[0] > BUSY:
        print("This machine is busy with other things: trust the ratios only.")
    if servers is None:
        print("Only one core: servers and generator share it, so all figures are low.")
    print(f"Generator: {results.generator}\n")

    def tell(title: str, found: list[Series]) -> None:
        print(f"{title}\n{aligned(series_rows(results, found))}\n", flush=True)

    Bench(QUICK if quick else Plan(), contenders or chosen(""), results, tell).run(phases, files)
    results.seconds = time.monotonic() - start
    print(f"Connections\n{aligned(connection_rows(results))}\n")
    if results.flood:
        print(f"Beside a flood: p99 {times(results.flood.ratio)} of that without\n")
    for name, reason in results.skipped.items():
        print(f"Not measured: {name}: {reason}")
    print(f"Took {results.seconds:.0f} s.")
    return results


def _empty(quick: bool) -> Results:
    native = machine.compiled("load")
    return Results(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        version=__version__,
        quick=quick,
        machine=machine.facts(),
        pinned=machine.cores()[0] is not None,
        generator="C" if native else "Python (no C compiler: it may be slower than the servers)",
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="≤ 90 s, less of everything")
    parser.add_argument(
        "--only", type=_phases, default=",".join(PHASES), help=f"of {', '.join(PHASES)}"
    )
    parser.add_argument("--peers", type=chosen, default=[], help="of the peers, comma-separated")
    parser.add_argument(
        "--report",
        metavar="FILE",
        nargs="?",
        type=Path,
        const=LATEST,
        help="measure nothing, write docs/performance.* from results that were kept",
    )
    return parser.parse_args()


def _phases(text: str) -> str:
    if wrong := set(text.split(",")) - set(PHASES):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(wrong))}")
    return text


if __name__ == "__main__":
    main()
