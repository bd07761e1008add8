"""Journeys as the control API shows them."""

from dataclasses import asdict
from typing import Any

from mock_ctrader.journeys import History, Journey, fold
from mock_ctrader.journeys.fold import partner_id_of
from mock_ctrader.journeys.model import State
from mock_ctrader.store.journals import Dropped


def shown_journey(journey: Journey, history: History, known: list[Journey], dropped: Dropped) -> dict[str, Any]:
    """A journey as the control API shows it; a pending stage says if what shows it may have been dropped."""
    followed, stages = fold(journey, history, known)
    lacking = [finding for _, finding in stages if finding.state is State.PENDING] if dropped.count else []
    for finding in lacking:
        finding.reason += (
            f"; evidence dropped: {dropped.count} events up to number {dropped.through} left the journal "
            "(journal_limit, journal_bytes), and what shows this stage may have been among them"
        )
    return {
        "id": followed.id,
        "flow": followed.flow,
        "level": followed.level.value,
        "announced": followed.announced,
        "partnerEmail": followed.partner_email,
        "invitedEmail": followed.invited_email,
        "evidenceDropped": bool(lacking),
        "partnerId": partner_id_of(journey, history),
        "userId": followed.user_id,
        "ctidTraderAccountId": followed.ctid_trader_account_id,
        "stages": [
            {
                "number": one.number,
                "title": one.title,
                "sender": one.sender.value,
                "receiver": one.receiver.value,
                "call": one.call,
                "state": finding.state.value,
                "reason": finding.reason,
                "carried": finding.carried,
                "events": finding.events,
                "rule": finding.rule,
                "expected": finding.expected,
                "seen": finding.seen,
                "warnings": [asdict(one) for one in finding.warnings],
            }
            for one, finding in stages
        ],
    }
