"""The page at the server's root: all sandboxes, the newest first, and what to do next."""

from typing import Any

from mock_ctrader.inspector.reading import Reader
from mock_ctrader.inspector.rendering import render
from mock_ctrader.sandboxes import app_url

PAGE = 20


def live_parts(reader: Reader, skip: int | None) -> str:
    """The list, as HTML."""
    return render("_sandboxes.html", **_values(reader, skip))


def page(reader: Reader, skip: int | None, problem: str | None) -> str:
    """The whole page.

    Args:
        skip: how many of the newest sandboxes to pass over.
        problem: why a new sandbox could not be made.
    """
    live = f"/inspector/live?skip={skip or 0}"
    return render("sandboxes.html", here="", live=live, problem=problem, **_values(reader, skip))


def _values(reader: Reader, skip: int | None) -> dict[str, Any]:
    every = reader.control.all()[::-1]
    start = skip or 0
    base_url = reader.control.base_url
    shown = [
        (reader.seen(one.id), [app_url(base_url, name) for name in one.broker_names])
        for one in every[start : start + PAGE]
    ]
    return {
        "shown": shown,
        "base_url": base_url,
        "older": start + PAGE if len(every) > start + PAGE else None,
        "total": len(every),
        "idle": all(seen.last == 0 for seen, _ in shown),
    }
