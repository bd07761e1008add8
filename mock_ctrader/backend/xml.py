"""XML as the vendor's /webserv/ paths read and write it (section 2.1): elements only, no document type."""

from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from mock_ctrader import errors

_DEPTH_LIMIT = 20


class _Reader:
    """Turns elements into keys: an element with children is an object, any other a text."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, dict[str, Any], list[str]]] = []
        self.root: dict[str, Any] | None = None

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self.stack) == _DEPTH_LIMIT:
            raise ValueError(f"more than {_DEPTH_LIMIT} elements deep")
        self.stack.append((name.rpartition(":")[2], {}, []))

    def text(self, data: str) -> None:
        self.stack[-1][2].append(data)

    def end(self, _name: str) -> None:
        name, children, texts = self.stack.pop()
        if not self.stack:
            self.root = children
            return
        siblings = self.stack[-1][1]
        if name in siblings:
            raise ValueError(f"element {name!r} appears twice")
        siblings[name] = children or "".join(texts)

    def forbid(self, *_declared: Any) -> None:
        # Entities, and with them every known bomb, need a document type.
        raise ValueError("a document type is not allowed")


def parse_xml(body: bytes) -> dict[str, Any]:
    """The keys an XML document carries: the children of its root, whose own name is not looked at.

    Raises:
        CTraderError: 400 `INVALID_REQUEST` for anything that is not one XML document without document type.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.forbid
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as problem:
        raise errors.invalid_request(f"body: not valid XML ({problem})") from None
    return reader.root or {}


def to_xml(root: str, body: dict[str, Any]) -> str:
    """An answer as XML: its keys are the children of `root`; each member of a list is an element of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(root, body)}'


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, member) for member in value)
    if isinstance(value, dict):
        inner = "".join(_element(key, member) for key, member in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape("".join(char if _allowed(char) else "\ufffd" for char in str(value)))
    return f"<{name}>{inner}</{name}>"


def _allowed(char: str) -> bool:
    """XML has no way to write most control characters."""
    return char in "\t\n\r" or "\x20" <= char < "\ud800" or "\ue000" <= char < "\ufffe" or char > "\uffff"
