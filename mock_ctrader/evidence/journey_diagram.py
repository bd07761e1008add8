"""A journey as a sequence diagram: what happened between the five parties of the vendor's flow, in its order."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mock_ctrader.acts import TITLES, Act
from mock_ctrader.evidence.sequence import Arrow, Diagram, State, cut
from mock_ctrader.flows import FLOW_TITLES, Party

# a stage counts in these states
PROVED = ("observed", "inferred", "reported")
_STATES = {"pass": State.PROVED, "warn": State.WARNED, "fail": State.BROKEN, "error": State.BROKEN}
_WAYS = {
    "broker_to_ctrader": (Party.BROKER, Party.BACKEND),
    "ctrader_to_broker": (Party.BACKEND, Party.BROKER),
}
# what a user does in the application, or is shown by it; all else the application does by itself
_BY_USER = {Act.NEW_CTID_ASKED, Act.LINK_ASKED, Act.LINK_CLICKED}
_TO_USER = {Act.SCREEN_OPENED, Act.LINK_SHOWN}
_FULL = 1_000


class Journey(Protocol):
    """One flow at one level as it happened; `stages` and `events` are the control API's objects."""

    @property
    def flow(self) -> int:
        """1 or 2."""
        ...

    @property
    def level(self) -> str:
        """user or account."""
        ...

    @property
    def stages(self) -> list[dict[str, Any]]:
        """All 18, in their order."""
        ...

    @property
    def events(self) -> list[dict[str, Any]]:
        """In the order they happened."""
        ...


def stage_verdicts(journey: Journey) -> dict[int, str]:
    """The verdicts of a journey's stages by its own account: the first one not proved fails, later ones block."""
    found: dict[int, str] = {}
    for stage in journey.stages:
        broken = "fail" in found.values()
        proved = stage["state"] in PROVED
        found[stage["number"]] = "blocked" if broken else "pass" if proved else "fail"
    return found


def diagram_of(
    journey: Journey,
    verdicts: Mapping[int, str],
    href: Callable[[int], str | None] = lambda _: None,
    *,
    failures_are_broken: bool = False,
) -> Diagram:
    """The diagram of a journey.

    Args:
        verdicts: of the stages that were checked; for the others the journey speaks for itself.
        href: where the badge of a stage leads.
        failures_are_broken: whether an exchange that proves nothing and failed is drawn as broken.
    """
    judged = stage_verdicts(journey) | dict(verdicts)
    told = _Teller(journey, judged, href, failures_are_broken)
    arrows = [arrow for _, arrow in told.arrows()]
    unreached = [number for number, verdict in judged.items() if verdict == "blocked" and number not in told.shown]
    way = FLOW_TITLES.get(journey.flow, "")
    return Diagram(
        title=f"Flow {journey.flow}, {way}, at {journey.level} level, as it happened",
        lifelines=[party.value for party in Party],
        arrows=arrows,
        note=f"Not reached: stage{'s' * (len(unreached) > 1)} {_spans(unreached)}" if unreached else "",
    )


class _Teller:
    """Turns events into arrows; each arrow comes with the number of its stage, 0 for none."""

    def __init__(
        self,
        journey: Journey,
        verdicts: Mapping[int, str],
        href: Callable[[int], str | None],
        failures_are_broken: bool,
    ) -> None:
        self._verdicts = verdicts
        self._failures_are_broken = failures_are_broken
        self._href = href
        self._stages = {stage["number"]: stage for stage in journey.stages}
        self._events = journey.events
        self._proves: dict[int, list[int]] = {}
        for stage in journey.stages:
            for seq in stage["events"]:
                self._proves.setdefault(seq, []).append(stage["number"])
        clicked = (one for one in journey.events if _act(one) == Act.LINK_CLICKED)
        self._invited = {one.get("browser") for one in clicked} - {None}
        self.shown: set[int] = set()

    def arrows(self) -> list[tuple[int, Arrow]]:
        """All of them, in order."""
        found: list[tuple[int, Arrow]] = []
        reported: list[tuple[int, Arrow]] = []
        for event in self._events:
            if event.get("kind") == "report":
                reported += self._report(event)
            else:
                found += self._seen(event)
        seen = set(self.shown)
        # a report comes after what it tells of, so it is drawn where its stage belongs, unless that was seen
        for number, arrow in reported:
            if number not in seen or arrow.state is State.BROKEN:
                self._place(found, number, arrow)
        for number, stage in self._stages.items():
            if number not in self.shown and self._verdicts[number] != "blocked":
                self._place(found, number, self._eventless(stage))
        return found

    def _place(self, arrows: list[tuple[int, Arrow]], number: int, arrow: Arrow) -> None:
        """Before the first arrow of a later stage, and after every arrow of an earlier one."""
        self.shown.add(number)
        earlier = [index for index, (other, _) in enumerate(arrows) if 0 < other <= number]
        later = [index for index, (other, _) in enumerate(arrows) if other > number]
        at = earlier[-1] + 1 if earlier else later[0] if later else len(arrows)
        arrows.insert(at, (number, arrow))

    def _seen(self, event: dict[str, Any]) -> list[tuple[int, Arrow]]:
        """An exchange or an act: one arrow per stage that it proves, or a plain one."""
        numbers = self._proves.get(event.get("seq", 0), [])
        self.shown.update(numbers)
        label, detail = _words(event)
        if not numbers:
            way = self._way(event)
            return [(0, self._arrow(way, label, detail, event))] if way else []
        by_way: dict[tuple[str, str], list[int]] = {}
        for number in numbers:
            stage = self._stages[number]
            by_way.setdefault(_exact(event, stage), []).append(number)
        return [
            (stages[0], self._arrow(way, *self._answer(event, way, label, detail), event, stages))
            for way, stages in by_way.items()
        ]

    def _answer(self, event: dict[str, Any], way: tuple[str, str], label: str, detail: str) -> tuple[str, str]:
        """The words of an arrow; those of one that leads back are the answer's."""
        if event.get("kind") != "exchange" or way == _WAYS.get(str(event.get("direction"))):
            return label, detail
        body = ((event.get("details") or {}).get("response") or {}).get("body")
        return f"answers {event.get('status', 'nothing')}", _pairs(body)

    def _way(self, event: dict[str, Any]) -> tuple[str, str] | None:
        if event.get("kind") == "exchange":
            return _WAYS.get(str(event.get("direction")))
        act, user = _act(event), Party.USER_2 if event.get("browser") in self._invited else Party.USER_1
        if act in _BY_USER:
            return user, Party.APPLICATION
        if act in _TO_USER:
            return Party.APPLICATION, user
        return Party.APPLICATION, Party.APPLICATION

    def _report(self, event: dict[str, Any]) -> list[tuple[int, Arrow]]:
        details = event.get("details") or {}
        number, facts = details.get("stage"), details.get("facts") or {}
        if not isinstance(number, int) or number not in self._stages:
            return []
        stage = self._stages[number]
        arrow = self._arrow(
            (stage["sender"], stage["receiver"]),
            stage["title"],
            str(facts.get("error") or _pairs(stage["carried"] or facts)),
            event,
            [number],
            dashed=True,
        )
        return [(number, arrow)]

    def _eventless(self, stage: dict[str, Any]) -> Arrow:
        missing = self._broke(stage["number"])
        return Arrow(
            stage["sender"],
            stage["receiver"],
            stage["title"],
            stage["reason"],
            (stage["number"],),
            State.MISSING if missing else self._state([stage["number"]]),
            dashed=True,
            href=self._href(stage["number"]),
            full=cut(f"{stage['title']}: {stage['reason']}", _FULL),
        )

    def _arrow(
        self,
        way: tuple[str, str],
        label: str,
        detail: str,
        event: dict[str, Any],
        stages: list[int] | None = None,
        *,
        dashed: bool = False,
    ) -> Arrow:
        numbers = stages or []
        violated = bool(event.get("violations")) or (self._failures_are_broken and not numbers and _failed(event))
        state = self._state(numbers)
        if state is State.BROKEN:
            detail = next(str(self._stages[one]["reason"]) for one in numbers if self._broke(one)) or detail
        full = f"{event.get('title', '')}\n{event.get('method', '')} {event.get('path', '')}".strip()
        return Arrow(
            str(way[0]),
            str(way[1]),
            label,
            detail,
            tuple(numbers),
            State.BROKEN if violated else state,
            dashed=dashed or (event.get("kind") == "exchange" and way != self._way(event)),
            href=self._href(numbers[0]) if numbers else None,
            full=cut(full, _FULL),
        )

    def _broke(self, number: int) -> bool:
        return self._verdicts[number] in ("fail", "error")

    def _state(self, numbers: list[int]) -> State:
        verdicts = [self._verdicts[number] for number in numbers]
        for verdict, state in _STATES.items():
            if verdict != "pass" and verdict in verdicts:
                return state
        return State.PROVED if "pass" in verdicts else State.FAINT if verdicts else State.PLAIN


def _exact(event: dict[str, Any], stage: dict[str, Any]) -> tuple[str, str]:
    """The way of a stage; an exchange that only belongs to a wider one keeps its own."""
    own = _WAYS.get(str(event.get("direction")))
    way = (stage["sender"], stage["receiver"])
    return own if own and stage.get("call") != event.get("call") else way


def _failed(event: dict[str, Any]) -> bool:
    status = event.get("status")
    return event.get("kind") == "exchange" and (not isinstance(status, int) or status >= 400)


def _act(event: dict[str, Any]) -> str | None:
    found: str | None = (event.get("details") or {}).get("act")
    return found


def _words(event: dict[str, Any]) -> tuple[str, str]:
    details = event.get("details") or {}
    if event.get("kind") == "exchange":
        told = str(event.get("title") or event.get("call") or "")
        status = event.get("status")
        code = f" {event['error_code']}" if event.get("error_code") else ""
        known = event.get("partner_id") or event.get("email") or ""
        outcome = f"{status if status is not None else 'no answer'}{code}"
        return told, f"{outcome} {known}".strip()
    act = _act(event)
    label = TITLES[Act(act)] if act in set(Act) else str(event.get("title") or act or "")
    return label, str(details.get("link") or details.get("url") or _pairs({"partnerId": event.get("partner_id")}))


def _pairs(values: Any) -> str:
    if not isinstance(values, dict):
        return ""
    return ", ".join(f"{key} {value}" for key, value in values.items() if value not in (None, "", [], {}))


def _spans(numbers: list[int]) -> str:
    """Numbers as ranges: 5-18."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
