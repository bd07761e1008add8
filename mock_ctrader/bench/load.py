"""Load by wrk: keep-alive, 16 connections, and what came of it."""

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mock_ctrader.bench.usage import cpu_seconds

CONNECTIONS = 16

# Each request is made of a line of its own: `{n}` counts up, `{of}` goes round from 0 to `around` - 1.
_SCRIPT = """
local counter = 0
local around = %(around)d
local path, body = %(path)s, %(body)s
local headers = {["Content-Type"] = "application/json", ["Accept"] = "application/json"%(more)s}
local function filled(text)
  return (text:gsub("{n}", counter):gsub("{of}", %(first)d + counter %% around))
end
function request()
  counter = counter + 1
  return wrk.format(%(method)s, filled(path), headers, body ~= "" and filled(body) or nil)
end
function done(summary, latency)
  io.write(string.format('\\nRESULT {"requests": %%d, "seconds": %%f, "errors": %%d, "p50": %%f, "p99": %%f}\\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of request; `{n}` in its path and body counts up, `{of}` goes round a range of numbers."""

    method: str
    path: str
    body: str = ""
    first: int = 0
    around: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What a round of load found. Milliseconds, but for `cpu_us`: server CPU per request in microseconds."""

    cpu_us: float
    per_second: float
    p50: float
    p99: float
    requests: int


class BenchError(RuntimeError):
    """Something could not be measured."""


def load(url: str, pid: int, shape: Shape, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send one kind of request for a while.

    Args:
        url: the server's address.
        pid: the server's process, whose tree's CPU time is counted.

    Raises:
        BenchError: a request failed, or wrk did not run.
    """
    script = _SCRIPT % {
        "around": shape.around,
        "first": shape.first,
        "method": json.dumps(shape.method),
        "path": json.dumps(shape.path),
        "body": json.dumps(shape.body),
        "more": "".join(f", [{json.dumps(key)}] = {json.dumps(value)}" for key, value in shape.headers.items()),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        before = cpu_seconds(pid)
        run = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", file.name, url],
            capture_output=True,
            text=True,
            check=False,
        )
        used = cpu_seconds(pid) - before
    told = [line.removeprefix("RESULT ") for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    if not told:
        raise BenchError(f"wrk against {urlsplit(url).netloc}: {run.stdout[-500:]}{run.stderr[-500:]}")
    found = json.loads(told[0])
    if found["errors"] or not found["requests"]:
        raise BenchError(f"{found['errors']} of {found['requests']} requests failed: {shape}")
    return Load(
        cpu_us=used / found["requests"] * 1e6,
        per_second=found["requests"] / found["seconds"],
        p50=found["p50"],
        p99=found["p99"],
        requests=found["requests"],
    )
