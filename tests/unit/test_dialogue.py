"""The person at the terminal: a real one, with another process' end in the test's hand."""

import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.console import Console

from mock_ctrader.conformance.dialogue import END, TerminalDialogue, require_terminal
from mock_ctrader.settings import SettingsError
from tests.support import eventually


class Terminal:
    """A terminal: what is typed at it can be read from `lines`."""

    def __init__(self, lines: TextIO, keyboard: int) -> None:
        self.lines = lines
        self._keyboard = keyboard

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    keyboard, screen = pty.openpty()
    with os.fdopen(screen, "r", encoding="utf-8") as lines:
        yield Terminal(lines, keyboard)
    os.close(keyboard)


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def dialogue(terminal: Terminal, printed: io.StringIO) -> TerminalDialogue:
    return TerminalDialogue(Console(file=printed, width=200), terminal.lines)


def test_an_answer_is_taken_without_the_blanks_around_it(
    dialogue: TerminalDialogue, terminal: Terminal, printed: io.StringIO
) -> None:
    terminal.type("  IB-7 Q2F \n")

    assert dialogue.ask("Which [identifier]?") == "IB-7 Q2F"
    assert "? Which [identifier]?" in printed.getvalue()  # brackets are no markup


def test_the_end_of_the_input_ends_the_run(dialogue: TerminalDialogue, terminal: Terminal) -> None:
    terminal.type("\x04")  # Ctrl+D
    assert dialogue.ask("Which?") == END


def test_what_is_typed_without_a_question_is_not_waited_for(
    dialogue: TerminalDialogue, terminal: Terminal
) -> None:
    assert dialogue.typed() is None
    terminal.type(" q \n")
    assert eventually(dialogue.typed, "what was typed") == END
    terminal.type("\x04")
    assert eventually(dialogue.typed, "the end") == END


def test_an_instruction_is_set_off(dialogue: TerminalDialogue, printed: io.StringIO) -> None:
    dialogue.instruct("Open [the page]")
    assert printed.getvalue() == "\n> Open [the page]\n"


def test_nobody_can_answer_a_file_or_a_closed_input() -> None:
    closed = io.StringIO()
    closed.close()
    for lines in (io.StringIO("yes\n"), closed):
        with pytest.raises(SettingsError, match="needs somebody at a terminal, but standard input is none"):
            require_terminal(lines)
        with pytest.raises(SettingsError):
            TerminalDialogue(lines=lines)
