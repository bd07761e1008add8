"""Proofs of stages 7-12: the link is asked for, built, shown, passed on, opened, and leads to the screen."""

from mock_ctrader.acts import Act
from mock_ctrader.flows import Proof
from mock_ctrader.journal import Event
from mock_ctrader.journeys.facts import Facts
from mock_ctrader.journeys.model import Finding, State, pending, violated
from mock_ctrader.links import PARTNER_ID, parameter


def _of_partner(facts: Facts, act: Act) -> list[Event]:
    since = facts.set_event.seq if facts.set_event else 0
    return [event for event in facts.history.acts(act, user_id=facts.partner_user_id) if event.seq > since]


def link_asked(facts: Facts) -> Finding:
    """Stage 7."""
    asked = _of_partner(facts, Act.LINK_ASKED) if facts.partner_user_id else []
    if not asked:
        return pending("User 1 has not asked the application for a link since the partnerId was set")
    event = asked[-1]
    carried = {key: event.details.get(key) for key in ("kind", "target")}
    return Finding(State.OBSERVED, "User 1 asked for a link", [event.seq], carried)


def link_built(facts: Facts) -> Finding:
    """Stage 8: the link contains User 1's identifier, decodable to exactly what was set."""
    return _with_partner_id(facts, Act.LINK_BUILT, "built")


def link_shown(facts: Facts) -> Finding:
    """Stage 9."""
    return _with_partner_id(facts, Act.LINK_SHOWN, "showed")


def _with_partner_id(facts: Facts, act: Act, verb: str) -> Finding:
    events = _of_partner(facts, act) if facts.partner_user_id else []
    if not events:
        return pending(f"the application {verb} no link since the partnerId was set")
    for event in reversed(events):
        if in_query(event.details["link"]) == facts.partner_id:
            carried = {"partnerId": facts.partner_id, "link": event.details["link"]}
            return Finding(State.OBSERVED, f"the application {verb} the link", [event.seq], carried)
    last = events[-1]
    return violated(
        f"the link carries the partnerId {in_query(last.details['link'])!r}; call 3.6 set {facts.partner_id!r}",
        last.seq,
    )


def in_query(url: str) -> str | None:
    """The decoded partnerId of a URL."""
    return parameter(url, PARTNER_ID)


def link_passed_on(facts: Facts) -> Finding:
    """Stage 10: by any channel, so only a report or the click can show it."""
    report = facts.report(Proof.LINK_PASSED_ON)
    if report is None:
        return pending("cTrader cannot see a link being passed on; opening it proves it")
    event, given = report
    return Finding(State.REPORTED, "User 1 passed the link on", [event.seq], {"link": given.get("link")})


def link_clicked(facts: Facts) -> Finding:
    """Stage 11."""
    if not facts.clicks:
        others = facts.history.acts(Act.LINK_CLICKED)
        hint = f"; the last link opened carried {others[-1].partner_id!r}" if others else ""
        return pending(f"no link with the partnerId {facts.partner_id!r} was opened yet{hint}")
    event = facts.clicks[-1]
    return Finding(State.OBSERVED, "User 2 opened the link", [event.seq], {"link": event.details["link"]})


def screen_opened(facts: Facts) -> Finding:
    """Stage 12: the configured login/signup URL, with the partnerId of the link unchanged."""
    opened = facts.acts_in(facts.invited_browsers, Act.SCREEN_OPENED)
    if not opened:
        return pending("the application has not opened the login/signup screen for User 2")
    for event in reversed(opened):
        if in_query(event.details["url"]) == facts.partner_id:
            carried = {"partnerId": facts.partner_id, "url": event.details["url"]}
            return Finding(State.OBSERVED, "the application opened the login/signup screen", [event.seq], carried)
    last = opened[-1]
    return violated(
        f"the screen's URL carries the partnerId {in_query(last.details['url'])!r}; the link {facts.partner_id!r}",
        last.seq,
    )
