"""How the harness talks with the person who acts on the broker in the place of an adapter."""

import os
import select
import sys
from typing import Protocol, TextIO

from rich.console import Console
from rich.markup import escape

from mock_ctrader.conformance.plain import printable
from mock_ctrader.settings import SettingsError

END = "q"


class Ended(Exception):
    """The person ended the run; what was not played by then is not judged."""


class Dialogue(Protocol):
    """What passes between the harness and the person. `END` in any answer ends the run."""

    console: Console

    def instruct(self, what: str) -> None:
        """Tell the person what to do in a browser window; the journal shows whether it was done."""

    def ask(self, question: str) -> str:
        """Ask, and wait for one line; without the blanks around it. `END` if no more lines can come."""

    def typed(self) -> str | None:
        """A line that was typed without a question, if there is one; never waits."""


class TerminalDialogue:
    """The person sits at the terminal the harness was started from."""

    def __init__(self, console: Console | None = None, lines: TextIO | None = None) -> None:
        """Args: lines: where the person's answers come from; default: standard input.

        Raises: SettingsError: nobody can answer there.
        """
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._lines = lines or sys.stdin
        require_terminal(self._lines)

    def instruct(self, what: str) -> None:
        """Print it, set off from the stages."""
        self.console.print(f"\n[bold]>[/bold] {escape(printable(what))}")

    def ask(self, question: str) -> str:
        """Print it and read a line."""
        self.console.print(f"[bold]?[/bold] {escape(printable(question))} ", end="")
        line = self._lines.readline()
        if not line:
            self.console.print()
            return END
        return line.strip()

    def typed(self) -> str | None:
        """A line that waits already."""
        if os.name == "nt":
            return None  # there, only sockets can be looked at; a question or Ctrl+C ends the run
        ready, _, _ = select.select([self._lines], [], [], 0)
        if not ready:
            return None
        line = self._lines.readline()
        return line.strip() if line else END


def require_terminal(lines: TextIO) -> None:
    """Raise `SettingsError` unless a person can type there."""
    try:
        there = lines.isatty()
    except ValueError:  # closed
        there = False
    if not there:
        raise SettingsError(
            'adapter.kind "manual" needs somebody at a terminal, but standard input is none; start it from a '
            "terminal (under pytest with -s), or choose the kind http, browser or python"
        )
