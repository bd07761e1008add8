"""`python -m mock_ctrader.bench [--only hot,cold] [--quick]`: measures, and writes the results into a folder."""

import argparse
import json
import os
import platform
from pathlib import Path

from mock_ctrader.bench import peers, sections
from mock_ctrader.bench.figures import Results
from mock_ctrader.bench.scale import scale
from mock_ctrader.bench.shown import chart, markdown, within
from mock_ctrader.bench.targets import Server

_SECTIONS = ("hot", "cold", "memory", "growth", "jobs", "scale")


def main() -> None:
    """Run the sections that were asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(_SECTIONS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, not a result")
    parser.add_argument("--rounds", type=int, default=6, help="interleaved rounds (default 6)")
    parser.add_argument("--no-peers", action="store_true", help="only the mock and its floor")
    parser.add_argument("--out", type=Path, help="folder for bench.json, bench.md and bench.svg (default: print)")
    options = parser.parse_args()
    wanted = [name for name in _SECTIONS if not options.only or name in options.only.split(",")]
    rounds = 2 if options.quick else options.rounds
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    results = Results(f"{machine}, {rounds} interleaved rounds")
    others: list[Server] = []
    if not options.no_peers and {"hot", "cold"} & set(wanted):
        others, missing = peers.installed(print)
        results.notes += missing
    for name in wanted:
        if name == "hot":
            sections.hot(results, others, rounds, options.quick, print)
        elif name == "cold":
            sections.cold(results, others, rounds, options.quick, print)
        elif name == "memory":
            sections.memory(results, options.quick, print)
        elif name == "growth":
            sections.growth(results, rounds, options.quick, print)
        elif name == "scale":
            scale(results, rounds, options.quick, print)
        else:
            sections.jobs(results, rounds, options.quick, print)
        if options.out is not None:
            _write(options.out, results, markdown(results))
    print(markdown(results))


def _write(folder: Path, results: Results, text: str) -> None:
    folder.joinpath("bench.json").write_text(json.dumps(results.as_dict(), indent=1) + "\n", encoding="utf-8")
    folder.joinpath("bench.svg").write_text(chart(results), encoding="utf-8")
    page = folder / "performance.md"
    page.write_text(within(page.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
