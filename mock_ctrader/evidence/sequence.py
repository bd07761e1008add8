"""Sequence diagrams as inline SVG: lifelines, and arrows between them in the order of what happened.

Knows nothing of runs and brokers: whatever has parties and messages can be drawn. Colours come from the page, as
the variables and classes of `templates/sequence.css`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup

from mock_ctrader.evidence.templating import style_sheets, templates_of

_PACKAGE = "mock_ctrader.evidence"

GAP, MARGIN, HEAD = 232, 104, 44
_LINE, _PAD, _LOOP = 15, 12, 26
_CHARACTER = 6.6  # the average width of one at the size the style sheet gives, in units of the drawing
_LABEL_LINES = 3


class State(StrEnum):
    """How an arrow is drawn."""

    PLAIN = "plain"  # traffic that proves nothing by itself
    PROVED = "proved"
    WARNED = "warned"
    BROKEN = "broken"
    MISSING = "missing"  # what should have happened
    FAINT = "faint"  # what came after the break


_TOLD_WHOLE = (State.BROKEN, State.MISSING)


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message; from a lifeline to itself it is drawn as a loop.

    Attributes:
        label: what it says; wrapped, and cut after three lines.
        detail: quieter text below the label; one line, or up to three where something is broken or missing.
        stages: the numbers shown at its tail.
        dashed: it was told, or it is an answer: nothing that was seen on its way.
        href: where a click leads.
        full: the whole text, for the tooltip; the label if there is none.
    """

    sender: str
    receiver: str
    label: str
    detail: str = ""
    stages: tuple[int, ...] = ()
    state: State = State.PLAIN
    dashed: bool = False
    href: str | None = None
    full: str = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is to be drawn. `note` stands below the last arrow."""

    title: str
    lifelines: list[str]
    arrows: list[Arrow] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An arrow with its place in the drawing; `y` is the height of its line."""

    arrow: Arrow
    y: int
    tail: int
    tip: int
    lines: list[tuple[int, str]]
    detail: list[tuple[int, str]]
    text_x: int
    anchor: str

    @property
    def loops(self) -> bool:
        """Whether it leads back to where it came from."""
        return self.tail == self.tip

    @property
    def badges_x(self) -> int:
        """The middle of the first badge, beside the tail."""
        side = (-1 if self.anchor == "end" else 1) if self.loops else self.direction
        return self.tail + side * (18 if not self.loops else 0)

    @property
    def badges_step(self) -> int:
        """From one badge to the next."""
        return 26 * self.direction

    @property
    def badges_y(self) -> int:
        """The middle of the badges: above the line, or on the lifeline in front of a loop."""
        return self.y - 16 if not self.loops else self.y + _LOOP // 2

    @property
    def direction(self) -> int:
        """1 to the right, -1 to the left."""
        return 1 if self.tip >= self.tail else -1


def draw(diagram: Diagram, key: str) -> Markup:
    """The diagram as an SVG element.

    Args:
        key: makes the element's ids unique on its page: a name without spaces.
    """
    places = {name: MARGIN + GAP * index for index, name in enumerate(diagram.lifelines)}
    rows = list(_rows(diagram.arrows, places))
    bottom = (rows[-1].y + (_LOOP if rows[-1].loops else 0) if rows else HEAD) + 26
    return Markup(
        templates_of(_PACKAGE)
        .get_template("sequence.svg.jinja")
        .render(
            diagram=diagram,
            key=key,
            places=places,
            rows=rows,
            bottom=bottom,
            width=2 * MARGIN + GAP * (len(places) - 1),
            height=bottom + HEAD + (34 if diagram.note else 4),
            head=HEAD,
            turn=_LOOP,
        )
    )


def stylesheet() -> str:
    """The classes of a drawing, for the page that holds it."""
    return style_sheets(_PACKAGE, "sequence.css")


def _rows(arrows: list[Arrow], places: dict[str, int]) -> Iterator[Row]:
    y = HEAD + 14
    rightmost = max(places.values())
    for arrow in arrows:
        tail, tip = places[arrow.sender], places[arrow.receiver]
        loops = tail == tip
        badges = 12 + 26 * len(arrow.stages)
        if loops:
            # a loop turns towards the side where there is room for its text
            to_left = tail == rightmost
            width, text_x = GAP - 70, tail + (-52 if to_left else 52)
            anchor = "end" if to_left else "start"
        else:
            width = max(abs(tip - tail) - 2 * _PAD - (badges if abs(tip - tail) <= GAP else 0), GAP - 60)
            anchor = "start" if tip > tail else "end"
            text_x = tail + (badges + 4 if tip > tail else -badges - 4)
        limit = int(width / _CHARACTER)
        label = wrapped(arrow.label, limit)
        told = wrapped(arrow.detail, limit) if arrow.state in _TOLD_WHOLE else [cut(arrow.detail, limit)]
        below = told if arrow.detail else []
        height = _LINE * (len(label) + len(below))
        if loops:
            top = y + _LINE
            line = y + 2
        else:
            top = y + _LINE - 2
            line = y + height + 4
        lines = [(top + _LINE * number, text) for number, text in enumerate(label)]
        detail = [(top + _LINE * number, text) for number, text in enumerate(below, start=len(label))]
        line = max(line, y + (2 if loops else 28))
        yield Row(arrow, line, tail, tip, lines, detail, text_x, anchor)
        y = (max(line + _LOOP, top + height) if loops else line) + 14


def wrapped(text: str, limit: int) -> list[str]:
    """A text in lines of at most `limit` characters, cut after a few of them; long words are broken."""
    lines = [""]
    for word in text.split():
        rest = word
        while rest:
            room = limit - len(lines[-1]) - bool(lines[-1])
            if len(rest) <= room:
                lines[-1] += (" " if lines[-1] else "") + rest
                rest = ""
            elif not lines[-1]:
                lines[-1], rest = rest[:limit], rest[limit:]
            else:
                lines.append("")
    if len(lines) <= _LABEL_LINES:
        return lines
    return [*lines[: _LABEL_LINES - 1], cut(" ".join(lines[_LABEL_LINES - 1 :]), limit)]


def cut(text: str, limit: int) -> str:
    """A text of at most `limit` characters; an ellipsis shows that some were left out."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
