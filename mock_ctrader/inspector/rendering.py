"""The inspector's templates. Pages are rendered without a request at hand, as streams need it."""

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from mock_ctrader.clock import utc_text
from mock_ctrader.flows import FLOW_TITLES

# How each state is told: an icon, a word, and the class that gives the colour.
STATES = {
    "observed": ("✓", "observed", "pass"),
    "reported": ("✓", "reported", "told"),
    "inferred": ("≈", "inferred", "told"),
    "pending": ("○", "pending", "wait"),
    "violated": ("✗", "violated", "fail"),
}


@cache
def _environment() -> Environment:
    found = Environment(
        loader=ChoiceLoader([PackageLoader("mock_ctrader.inspector"), PackageLoader("mock_ctrader")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"states": STATES, "flow_titles": FLOW_TITLES}
    found.filters |= {"moment": _moment, "exact": _exact}
    return found


def render(name: str, **values: Any) -> str:
    """A template of the inspector, filled in; a name that it does not know is an error."""
    return _environment().get_template(f"inspector/{name}").render(**values)


def _moment(ms: int | None) -> str:
    """Epoch milliseconds as a day and a time in UTC, to the second."""
    return "" if ms is None else utc_text(ms)[:19].replace("T", " ")


def _exact(ms: int) -> str:
    """Epoch milliseconds as a day and a time in UTC."""
    return utc_text(ms).replace("T", " ")
