"""Text of a broker, or of whoever it quotes, made harmless: for files, terminals and the logs of CI servers."""

import re

# every control character but tab and line feed, lone surrogates and non-characters: XML 1.0 section 2.2
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# what is not seen, or turns round what is: no reader would tell such a text from another
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
# commands to Azure Pipelines and TeamCity anywhere in a line, to GitHub Actions at its beginning
_COMMAND = re.compile(r"##(?=\w*\[)|^:(?=:)")
_SPLIT = {"##": "# #", ":": ": "}


def printable(text: str) -> str:
    """A text without what XML, UTF-8 and terminals cannot hold or would obey; a mark stands where something was.

    What cannot be seen, such as a change of the direction of writing, is shown as an escape.
    """
    return _UNSEEN.sub(
        lambda unseen: unseen[0].encode("unicode_escape").decode("ascii"), _UNPRINTABLE.sub("�", text)
    )


def one_line(text: str, longest: int | None = None) -> str:
    """A text on one line that neither a terminal nor a CI server obeys.

    Args:
        longest: characters; what is longer is cut. None: nothing is.
    """
    flat = _COMMAND.sub(lambda command: _SPLIT[command[0]], " ".join(printable(text).split()))
    return flat if longest is None or len(flat) <= longest else flat[: longest - 1] + "…"
