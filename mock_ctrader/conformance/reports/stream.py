"""The stream of events on disk: one JSON object per line, the only source of every report."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any

FORMAT = 1
RUN_STARTED, CHECK, JOURNEY, RUN_FINISHED = "run_started", "check", "journey", "run_finished"
TYPES = (RUN_STARTED, CHECK, JOURNEY, RUN_FINISHED)
_SHOWN = 60


class StreamError(Exception):
    """A file is no stream of events; the text names the file, the line and what is wrong with it."""


def as_line(event: dict[str, Any]) -> str:
    """One event as it is written, without the end of the line; ASCII, so that it is safe to print, too."""
    return json.dumps(event, separators=(",", ":"))


class Writer:
    """Appends events to a file, each flushed at once, so that a run that breaks off leaves what it had found."""

    def __init__(self, path: Path) -> None:
        """Args: path: created, or emptied; its folder must exist."""
        self._file = path.open("w", encoding="ascii", newline="\n")

    def write(self, event: dict[str, Any]) -> None:
        """Append one event."""
        self._file.write(as_line(event) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: Path) -> list[dict[str, Any]]:
    """The events of a file. A last line that was cut off in the middle is left out: the run broke off there.

    Raises:
        StreamError: the file cannot be read, a line is no event, or the format is not ours.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise StreamError(f"{path}: {problem.strerror or problem}") from None
    unfinished = lines.pop()
    if unfinished:
        try:
            json.loads(unfinished)
        except ValueError:
            if not lines:
                raise StreamError(f"{path}, line 1: not a JSON object: {_quoted(unfinished)}") from None
        else:
            lines.append(unfinished)
    return [_event(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _event(path: Path, number: int, line: bytes) -> dict[str, Any]:
    where = f"{path}, line {number}"
    try:
        event = json.loads(line)
    except ValueError:
        raise StreamError(f"{where}: not a JSON object: {_quoted(line)}") from None
    if not isinstance(event, dict):
        raise StreamError(f"{where}: not a JSON object: {_quoted(line)}")
    if event.get("type") not in TYPES:
        raise StreamError(f"{where}: type: {event.get('type')!r} is none of {', '.join(TYPES)}")
    if event["type"] == RUN_STARTED and event.get("format") != FORMAT:
        raise StreamError(f"{where}: format: {event.get('format')!r}, this version of mock-ctrader reads {FORMAT}")
    return event


def _quoted(line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
