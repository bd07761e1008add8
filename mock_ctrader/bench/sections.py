"""What is measured, section by section; rounds of different servers are interleaved."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable

from mock_ctrader.bench.figures import Results
from mock_ctrader.bench.growth import growth as growth
from mock_ctrader.bench.load import BenchError, load
from mock_ctrader.bench.targets import Client, Running, Server, floor, mock
from mock_ctrader.bench.usage import cpu_seconds, proportional_mb, resident_mb
from mock_ctrader.clock import SystemClock

Say = Callable[[str], None]
_CLOCK = SystemClock()
_JOB_REQUESTS = 1_000


def hot(results: Results, peers: list[Server], rounds: int, quick: bool, say: Say) -> None:
    """CPU per request, latency and throughput under load of 16 connections."""
    seconds, warm = (1.0, 1.0) if quick else (2.0, 8.0)
    running: list[Running] = []
    try:
        for server in (mock(), floor(), *peers):
            running.append(Running(server))
        shapes = {}
        for one in list(running):
            try:
                shapes[one.server.name] = one.until_ready()
                for shape in shapes[one.server.name]:
                    load(one.url, one.pid, shape, warm)
            except BenchError as problem:
                results.notes.append(f"{one.server.name}: {problem}")
                shapes.pop(one.server.name, None)
                one.stop()
                running.remove(one)
        found: dict[tuple[str, str, str, str], list[float]] = {}
        for nth in range(rounds):
            say(f"hot: round {nth + 1} of {rounds}")
            for one in running:
                for what, shape in zip(("PUT 3.6", "GET 3.7"), shapes[one.server.name], strict=True):
                    seen = load(one.url, one.pid, shape, seconds)
                    name = one.server.name
                    found.setdefault((f"{what}, server CPU", name, "us", ""), []).append(seen.cpu_us)
                    found.setdefault((f"{what}, p50", name, "ms", ""), []).append(seen.p50)
                    found.setdefault((f"{what}, p99", name, "ms", ""), []).append(seen.p99)
                    found.setdefault((f"{what}, throughput", name, "1/s", ""), []).append(seen.per_second)
        for (what, name, unit, _), values in found.items():
            results.add("hot", what, name, unit, values)
    finally:
        for one in running:
            one.stop()


def cold(results: Results, peers: list[Server], rounds: int, quick: bool, say: Say) -> None:
    """From the spawn to the first answer, and what a whole CI job costs: spawn and 1,000 requests."""
    first: dict[str, list[float]] = {}
    cost: dict[str, list[float]] = {}
    rounds = min(rounds, 2) if quick else rounds
    for nth in range(rounds):
        say(f"cold: round {nth + 1} of {rounds}")
        for server in (mock(users=1), floor(), *peers):
            with Running(server) as one:
                try:
                    put, get = one.until_ready()
                except BenchError as problem:
                    results.notes.append(f"{server.name}: {problem}")
                    continue
                first.setdefault(server.name, []).append((_CLOCK.monotonic() - one.started) * 1000)
                client = Client(one.url)
                for request in range(_JOB_REQUESTS // 2):
                    client.shape(put, request)
                    client.shape(get, request)
                client.close()
                cost.setdefault(server.name, []).append(cpu_seconds(one.pid))
    for name, values in first.items():
        results.add("cold", "spawn to first answer", name, "ms", values)
        results.add("cold", "CI job, server CPU", name, "s", cost[name])


def memory(results: Results, quick: bool, say: Say) -> None:
    """Resident memory after the start, half-way and after many requests: it must be flat."""
    wanted = 20_000 if quick else 200_000
    with Running(mock()) as one:
        put, get = one.until_ready()
        results.add("memory", "after the start", "mock-ctrader", "MB", [resident_mb(one.pid)])
        sent, half = 0, 0.0
        while sent < wanted:
            sent += load(one.url, one.pid, put, 5).requests + load(one.url, one.pid, get, 5).requests
            half = half or (resident_mb(one.pid) if sent >= wanted / 2 else 0.0)
            say(f"memory: {sent} requests, {resident_mb(one.pid):.0f} MB")
        results.add("memory", "half-way", "mock-ctrader", "MB", [half])
        results.add("memory", "after the requests", "mock-ctrader", "MB", [resident_mb(one.pid)])
        results.add("memory", "shared pages once", "mock-ctrader", "MB", [proportional_mb(one.pid)])
        results.notes.append(f"memory: after {sent} requests")


def jobs(results: Results, rounds: int, quick: bool, say: Say) -> None:
    """The demonstration, a whole verification and the creation of sandboxes."""
    rounds = 1 if quick else min(rounds, 3)
    whole, played, verified = [], [], []
    for nth in range(rounds):
        say(f"jobs: round {nth + 1} of {rounds}")
        started = _CLOCK.monotonic()
        run = subprocess.run(
            [sys.executable, "-m", "mock_ctrader", "demo"], capture_output=True, text=True, check=True
        )
        whole.append(_CLOCK.monotonic() - started)
        # "72 of 72 stages proved in 5.8 s."
        played.append(float(run.stdout.rpartition(" proved in ")[2].split(" s")[0]))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for nth in range(rounds):
            say(f"jobs: verification {nth + 1} of {rounds}")
            started = _CLOCK.monotonic()
            subprocess.run(
                [*(sys.executable, "-m", "mock_ctrader", "verify", "--plan", "attribution"), "--report", folder],
                capture_output=True,
                check=True,
            )
            verified.append(_CLOCK.monotonic() - started)
    results.add("jobs", "verify --plan attribution", "mock-ctrader", "s", verified)
    results.add("jobs", "demo, whole", "mock-ctrader", "s", whole)
    results.add("jobs", "72 stages after start-up", "mock-ctrader", "s", played)
    with Running(mock(users=1)) as one:
        one.until_ready()
        client = Client(one.url)
        made = []
        for nth in range(200):
            started = _CLOCK.monotonic()
            client.send("POST", "/control/sandboxes", json.dumps({"seed": f"bench-{nth}"}))
            made.append((_CLOCK.monotonic() - started) * 1000)
        client.close()
    results.add("jobs", "creating a sandbox", "mock-ctrader", "ms", made)
