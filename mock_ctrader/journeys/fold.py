"""From events to journeys."""

from collections.abc import Callable

from mock_ctrader.flows import Level, Proof, Stage, stages_of
from mock_ctrader.journeys import invited_side, link_side, partner_side, set_call
from mock_ctrader.journeys.facts import Facts, body_of
from mock_ctrader.journeys.history import History
from mock_ctrader.journeys.model import Finding, Journey, State

_PROOFS: dict[Proof, Callable[[Facts], Finding]] = {
    Proof.REGISTERED: partner_side.registered,
    Proof.RECORD_CREATED: partner_side.record_created,
    Proof.LINK_GIVEN: partner_side.link_given,
    Proof.SET_REQUESTED: set_call.set_requested,
    Proof.SET_ANSWERED: set_call.set_answered,
    Proof.APPLICATION_TOLD: partner_side.application_told,
    Proof.NEW_CTID_ASKED: partner_side.new_ctid_asked,
    Proof.SIGNUP_SHOWN: partner_side.signup_shown,
    Proof.PARTNER_CREATED: partner_side.partner_created,
    Proof.NEW_LINK_GIVEN: partner_side.new_link_given,
    Proof.LINK_ASKED: link_side.link_asked,
    Proof.LINK_BUILT: link_side.link_built,
    Proof.LINK_SHOWN: link_side.link_shown,
    Proof.LINK_PASSED_ON: link_side.link_passed_on,
    Proof.LINK_CLICKED: link_side.link_clicked,
    Proof.SCREEN_OPENED: link_side.screen_opened,
    Proof.SIGNUP_SUBMITTED: invited_side.signup_submitted,
    Proof.INVITED_CREATED: invited_side.invited_created,
    Proof.ATTRIBUTED: invited_side.attributed,
    Proof.LIST_OPENED: invited_side.list_opened,
    Proof.LIST_FETCHED: invited_side.list_fetched,
    Proof.LIST_SHOWN: invited_side.list_shown,
}

# A broker's own business that cTrader cannot see: a later stage on the wire shows that it happened.
_INFERABLE = {
    Proof.REGISTERED,
    Proof.RECORD_CREATED,
    Proof.LINK_GIVEN,
    Proof.NEW_LINK_GIVEN,
    Proof.LINK_PASSED_ON,
    Proof.SIGNUP_SUBMITTED,
}


def fold(journey: Journey, history: History, others: list[Journey]) -> tuple[Journey, list[tuple[Stage, Finding]]]:
    """The 18 stages of a journey with what the journal says of each.

    Args:
        journey: whom to look at.
        history: what happened in the sandbox.
        others: the sandbox's other journeys, to tell whose referral is whose.

    Returns:
        The journey with the ids the journal knows, and its stages.
    """
    facts = Facts(journey, history, others)
    stages = [(stage, _PROOFS[stage.proof](facts)) for stage in stages_of(journey.flow)]
    found = {stage.proof: finding for stage, finding in stages}
    invited_side.blame_signup(facts, found[Proof.SIGNUP_SUBMITTED], found[Proof.ATTRIBUTED])
    last_observed = max((stage.number for stage, finding in stages if finding.state is State.OBSERVED), default=0)
    for stage, finding in stages:
        report = facts.report(stage.proof)
        if finding.state is State.PENDING and report is not None and report[1].get("error"):
            # the adapter got stuck here: what it saw says more than that nothing came
            finding.state, finding.reason = State.VIOLATED, str(report[1]["error"])
            finding.events = [report[0].seq]
    for stage, finding in stages:
        if finding.state is State.PENDING and stage.proof in _INFERABLE and stage.number < last_observed:
            finding.state, finding.reason = State.INFERRED, "a later stage cannot have happened without it"
    known = Journey(
        id=journey.id,
        flow=journey.flow,
        level=journey.level,
        partner_email=journey.partner_email or _email_of(facts.partner_user_id, history),
        invited_email=journey.invited_email or _email_of(facts.invited_user_id, history),
        user_id=facts.partner_user_id,
        ctid_trader_account_id=facts.set_event.ctid_trader_account_id if facts.set_event else None,
        announced=journey.announced,
    )
    return known, stages


def partner_id_of(journey: Journey, history: History) -> str | None:
    """The identifier set in cTrader for this journey."""
    return Facts(journey, history).partner_id


def detect(history: History, announced: list[Journey]) -> list[Journey]:
    """Journeys nobody announced: one per flow for each target of a successful call 3.6.

    The wire cannot tell flow 1 from flow 2, since the difference lies inside the broker; both are offered.
    """
    taken = {Facts(journey, history).partner_user_id for journey in announced}
    found: dict[str, Journey] = {}
    for event in history.calls("3.6"):
        if not event.succeeded:
            continue
        account_level = body_of(event).get("ctidTraderAccountId") is not None
        account = event.ctid_trader_account_id if account_level else None
        user_id = _owner(account, history) if account is not None else event.user_id
        if user_id is None or user_id in taken:
            continue
        level = Level.ACCOUNT if account_level else Level.USER
        for flow in (1, 2):
            journey_id = f"flow-{flow}-{level}-{account or user_id}"
            found[journey_id] = Journey(
                journey_id, flow, level, user_id=user_id, ctid_trader_account_id=account, announced=False
            )
    return list(found.values())


def _owner(account: int, history: History) -> int | None:
    links = history.calls("3.4", ctid_trader_account_id=account)
    return next((event.user_id for event in links if event.succeeded), None)


def _email_of(user_id: int | None, history: History) -> str | None:
    calls = [] if user_id is None else history.calls("3.2", "3.11", user_id=user_id)
    return next((event.email for event in calls if event.succeeded), None)
