"""How the C library keeps memory for threads."""

import ctypes

_M_ARENA_MAX = -8  # malloc.h of glibc
_ARENAS = 2


def share_arenas() -> None:
    """Let the threads of this process and of its workers share two pools of memory.

    glibc gives each thread a pool of its own, up to eight for each core. With Python's interpreter lock they never
    ask for memory at once, and what is free in one pool is lost to the others: four megabytes. Other C libraries
    have no such pools.
    """
    try:
        change = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    change(_M_ARENA_MAX, _ARENAS)
