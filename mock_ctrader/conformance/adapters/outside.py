"""Steps beside the browser: a mailbox, and commands of the shell."""

import quopri
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.adapters.finders import Document
from mock_ctrader.conformance.adapters.templates import Lookup
from mock_ctrader.conformance.browsing import Browser

_COMMAND_SECONDS = 60.0
_SHOWN = 300


def read_mail(place: str, folder: Path, browser: Browser) -> Document:
    """What a mailbox holds now: the answer of an HTTP address, or a file; a missing file is an empty mailbox."""
    if urlsplit(place).scheme in ("http", "https"):
        return browser.request("GET", place)
    path = folder / place
    raw = path.read_bytes() if path.is_file() else b""
    if b"quoted-printable" in raw.lower():
        raw = quopri.decodestring(raw)
    return Document(raw.decode("utf-8", "replace"))


def quoted(lookup: Lookup) -> Lookup:
    """Values as a shell takes them."""

    def value_of(name: str) -> Any:
        return shlex.quote(str(lookup(name)))

    return value_of


def run_command(command: str, folder: Path) -> Document:
    """Run a shell command; what it starts and leaves running keeps its output to itself.

    Raises:
        AdapterError: it failed, with the end of what it printed, or did not end within a minute.
    """
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                command,
                shell=True,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise AdapterError(f"{command!r} did not end within {_COMMAND_SECONDS:.0f} s") from None
        output.seek(0)
        printed = output.read().decode("utf-8", "replace")
    if done.returncode:
        raise AdapterError(f"{command!r} ended with code {done.returncode}: {printed.strip()[-_SHOWN:]}")
    return Document(printed)
