"""Journeys that have only begun: nobody announced them, and no call 3.6 has succeeded for them yet."""

from mock_ctrader.flows import Level
from mock_ctrader.journeys.facts import body_of
from mock_ctrader.journeys.history import History
from mock_ctrader.journeys.model import Journey


def prospects(history: History, known: list[Journey]) -> list[Journey]:
    """What may become a journey next, one for each flow: so that whoever waits for a stage learns why it waits.

    It is about the user of a call 3.6 that was refused and not made good since; else, as long as there is no
    journey at all, about the user created last. None if neither holds and there are journeys.
    """
    calls = history.calls("3.6")
    refused = calls[-1] if calls and not calls[-1].succeeded else None
    if refused is None and known:
        return []
    created = [event for event in history.calls("3.2") if event.succeeded]
    level, user_id = Level.USER, created[-1].user_id if created else None
    if refused is not None:
        level = Level.ACCOUNT if body_of(refused).get("ctidTraderAccountId") is not None else Level.USER
        user_id = refused.user_id or user_id
    return [Journey(f"next-{flow}", flow, level, user_id=user_id, announced=False) for flow in (1, 2)]
