"""Every command says how it ends."""

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mock_ctrader.cli import main


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call each command which does something."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def test_there_are_commands() -> None:
    assert {("verify",), ("adapter", "init"), ("report", "render"), ("rules",)} <= set(commands(main))


@pytest.mark.parametrize("words", list(commands(main)), ids=" ".join)
def test_help_names_the_exit_codes(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*words, "--help"]).output

    assert re.search(r"Exit codes:\n +0  |Exits with [01] ", told), told
