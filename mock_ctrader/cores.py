"""Which core a worker runs on."""

import itertools
import os


def one_core_for_each_worker() -> None:
    """Let each process that is forked from this one stay on a core of its own, as far as there are so many.

    Python's interpreter lock lets one thread of a process run at a time. On several cores those that wait for it
    take it whenever the database gives it up for a moment, and each time a core has to be woken: two fifths of a
    request's CPU. On one core whoever gave it up goes on. Servers start with different cores. Systems that cannot
    pin a process are left alone.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    coming = itertools.count(os.getpid())
    turn = 0

    def choose() -> None:
        nonlocal turn
        turn = next(coming)

    # `subprocess` forks past these
    os.register_at_fork(before=choose, after_in_child=lambda: os.sched_setaffinity(0, {cores[turn % len(cores)]}))
