"""Takes a run's events as they come, and makes every report of them; or makes them again from the file."""

import json
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from rich.console import Console

from mock_ctrader.conformance.reports import EVENTS_FILE, FILES, cucumber, html, junit, markdown, model, terminal
from mock_ctrader.conformance.reports.stream import CHECK, Writer, as_line, read

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
_MAKERS: dict[str, Callable[[model.Run], str]] = {
    "html": html.render,
    "junit": junit.render,
    "cucumber": cucumber.render,
    "markdown": markdown.render,
}


class Reporter:
    """One run's reports. `take` every event in its order, then `finish` once, whether or not the run did."""

    def __init__(
        self,
        console: Console,
        folder: Path | None = None,
        formats: Collection[str] = tuple(FILES),
        *,
        verbose: bool = False,
    ) -> None:
        """Start.

        Args:
            console: where to tell; without a terminal behind it, plain text.
            folder: where the reports are written, created if need be; None: nowhere.
            formats: some of `FILES`; the events are always written.
            verbose: one line per check, rather than a counter.
        """
        self._console = console
        self._folder = folder
        self._formats = formats
        self._events: list[dict[str, Any]] = []
        self._progress = terminal.Progress(console, verbose=verbose)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._writer = Writer(folder / EVENTS_FILE) if folder is not None else None

    def take(self, event: dict[str, Any]) -> None:
        """Write one event to the file and tell of it.

        Raises: StreamError: it is no event of the stream.
        """
        # as the file will give it back, so that a report made later is the same to the byte
        kept: dict[str, Any] = json.loads(as_line(event))
        folded = model.fold([kept])
        self._events.append(kept)
        if self._writer is not None:
            self._writer.write(kept)
        if kept["type"] == CHECK:
            self._progress.take(folded.checks[0])

    def finish(self, junit_too: Path | None = None) -> model.Run:
        """Write every report and tell what came of the run; returns it.

        Args:
            junit_too: a further place for the JUnit XML.
        """
        self._progress.finish()
        run = model.fold(self._events)
        written: dict[str, str] = {}
        if self._writer is not None and self._folder is not None:
            self._writer.close()
            written = {name: str(path) for name, path in _write(run, self._folder, self._formats).items()}
            written["events"] = str(self._folder / EVENTS_FILE)
        if junit_too is not None:
            junit_too.write_bytes(junit.render(run).encode("utf-8", "replace"))
            written["junit"] = str(junit_too)
        summary = os.environ.get(SUMMARY_VARIABLE)
        if summary:
            with Path(summary).open("a", encoding="utf-8", newline="\n") as file:
                file.write(markdown.render(run))
        terminal.conclude(self._console, run, written)
        return run


def render(events_path: Path, folder: Path, formats: Collection[str] = tuple(FILES)) -> dict[str, Path]:
    """Make the reports of a run again from its events.

    Args:
        folder: where they are written, created if need be.
        formats: some of `FILES`.

    Returns: the path of each report.

    Raises: StreamError: the file is no stream of events.
    """
    run = model.fold(read(events_path))
    folder.mkdir(parents=True, exist_ok=True)
    return _write(run, folder, formats)


def _write(run: model.Run, folder: Path, formats: Collection[str]) -> dict[str, Path]:
    written = {}
    for name in formats:
        path = folder / FILES[name]
        path.write_bytes(_MAKERS[name](run).encode("utf-8", "replace"))
        written[name] = path
    return written
