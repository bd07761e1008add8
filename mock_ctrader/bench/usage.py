"""What a tree of processes has used: CPU time and memory, as Linux counts them in /proc."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def tree_of(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:  # a thread that has ended meanwhile
                continue
    return found


def _stat(pid: int) -> list[str]:
    try:
        # the name, in brackets, may hold spaces
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree, children that have ended included."""
    stats = [_stat(one) for one in tree_of(pid)]
    return sum(sum(map(int, stat[11:15])) for stat in stats if stat) / _TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of the tree in megabytes; what its processes share counts once per process."""
    stats = [_stat(one) for one in tree_of(pid)]
    return sum(int(stat[21]) for stat in stats if stat) * _PAGE / 1_000_000


def proportional_mb(pid: int) -> float:
    """Memory of the tree in megabytes, where what several processes share counts once altogether."""
    found = 0
    for one in tree_of(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found * 1024 / 1_000_000
