"""What happened in a sandbox, indexed: a question about one user must not read ten thousand events."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from mock_ctrader.acts import Act
from mock_ctrader.journal import Event, Kind

_Found = dict[Any, list[Event]]


class History:
    """A sandbox's journal as it was at one moment, oldest event first. It never changes, so threads may share it.

    What is asked for by an attribute is put in order at the first question, call by call: most calls are never
    asked about by most attributes.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events = list(events)
        self._of: dict[str, list[Event]] = {}
        self._reports: dict[str | None, list[Event]] = {}
        for event in self.events:
            if event.kind is Kind.REPORT:
                self._reports.setdefault(event.journey_id, []).append(event)
            name = event.details.get("act") if event.kind is Kind.ACT else event.call
            if name is not None:
                self._of.setdefault(name, []).append(event)
        self._by: dict[tuple[str, str], _Found] = {}

    def calls(self, *numbers: str, **about: Any) -> list[Event]:
        """Exchanges of vendor calls, as lists that nobody may change.

        Args:
            numbers: of the calls, such as "3.6".
            about: at most one attribute of `Event` and the value it must have; an `email` is found in any case of
                its letters.
        """
        if len(numbers) == 1:
            return self._found(numbers[0], about)
        return sorted((event for one in numbers for event in self._found(one, about)), key=lambda event: event.seq)

    def acts(self, act: Act, **about: Any) -> list[Event]:
        """Acts of one kind in the application; `about` is as in `calls`."""
        return self._found(act.value, about)

    @cached_property
    def failed(self) -> list[Event]:
        """Calls that did not do what they asked for, and whatever departs from the contract."""
        return [
            event for event in self.events if event.violations or (event.call is not None and not event.succeeded)
        ]

    @cached_property
    def numbered(self) -> dict[int, Event]:
        """Every event by its `seq`."""
        return {event.seq: event for event in self.events}

    def reports(self, journey_id: str) -> list[Event]:
        """What was reported about an announced journey."""
        return self._reports.get(journey_id, [])

    def _found(self, name: str, about: dict[str, Any]) -> list[Event]:
        every = self._of.get(name, [])
        if not about:
            return every
        [(attribute, value)] = about.items()
        return self._index(name, attribute, every).get(_comparable(attribute, value), [])

    def _index(self, name: str, attribute: str, every: list[Event]) -> _Found:
        known = self._by.get((name, attribute))
        if known is None:
            known = {}
            for event in every:
                known.setdefault(_comparable(attribute, getattr(event, attribute)), []).append(event)
            self._by[name, attribute] = known
        return known


def _comparable(attribute: str, value: Any) -> Any:
    """A value as it is looked for: in an address the case of the letters says nothing."""
    return value.casefold() if attribute == "email" and value is not None else value
