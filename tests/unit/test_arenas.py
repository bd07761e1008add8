"""Threads share the pools of the C library's memory."""

import subprocess
import sys
from pathlib import Path

import pytest

_MANY_THREADS = """
import ctypes, sys, threading
from mock_ctrader.arenas import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(16)
def work():
    together.wait(10)
    libc.malloc(40_000)
    together.wait(10)
threads = [threading.Thread(target=work) for _ in range(16)]
for one in threads: one.start()
for one in threads: one.join()
told = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
"""


def pools(how: str, told: Path) -> int:
    subprocess.run([sys.executable, "-c", _MANY_THREADS, how, str(told)], check=True, timeout=60)
    return told.read_text(encoding="utf-8").count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="pools are glibc's")
def test_sixteen_threads_have_two_pools(tmp_path: Path) -> None:
    assert pools("their own", tmp_path / "own.xml") > 2
    assert pools("shared", tmp_path / "shared.xml") <= 2
