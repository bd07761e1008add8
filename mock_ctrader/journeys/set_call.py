"""Proofs of call 3.6, flow 1 stages 4 and 5, flow 2 stages 5 and 6: where most goes wrong, so told in detail."""

from mock_ctrader.alterations import alteration
from mock_ctrader.flows import Level
from mock_ctrader.journal import Event
from mock_ctrader.journeys.creation import outcome
from mock_ctrader.journeys.facts import Facts, body_of
from mock_ctrader.journeys.model import Finding, Remark, State, pending, violated

# What a refusal of call 3.6 says about the call, by error code (section 9).
_BROKEN_BY = {
    "CH_CLIENT_AUTH_FAILURE": "set-token",
    "CH_BROKER_NOT_FOUND": "set-crm-name",
    "CH_INSUFFICIENT_PERMISSIONS": "set-crm-name",
    "ENTITY_NOT_FOUND": "set-target",
    "INVALID_REQUEST": "set-keys",
}


def set_requested(facts: Facts) -> Finding:
    """The call arrives with the identifier, the CRM's name and the id of the level."""
    event = facts.set_event
    if event is None:
        return _not_set(facts)
    for other in facts.set_attempts:
        if facts.given_partner_id and other.seq > event.seq and _sets_another(facts, other, event):
            return violated(
                f"call 3.6 was repeated with another partnerId, {other.partner_id!r}; "
                f"the referral link carries {event.partner_id!r}",
                event.seq,
                other.seq,
                rule="set-once",
                expected=event.partner_id,
                seen=other.partner_id,
            )
    return Finding(
        State.OBSERVED, "call 3.6 arrived", [event.seq], dict(body_of(event)), warnings=_remarks(facts, event)
    )


def _sets_another(facts: Facts, other: Event, event: Event) -> bool:
    return other.succeeded and facts.right_level(other) and other.partner_id != event.partner_id


def _remarks(facts: Facts, event: Event) -> list[Remark]:
    remarks = []
    if _too_early(facts):
        remarks.append(
            Remark("set-not-early", "call 3.6 came before the user creation flow of User 1 was complete")
        )
    earlier = [one for one in facts.set_attempts if one.seq < event.seq and _sets_another(facts, one, event)]
    if facts.given_partner_id and earlier:
        remarks.append(
            Remark(
                "set-only-once",
                f"call 3.6 set {earlier[0].partner_id!r} first and {event.partner_id!r} afterwards",
                event.partner_id,
                earlier[0].partner_id,
            )
        )
    remarks += [
        Remark("contract", f"call 3.6 departs from the contract at {one['where']}: {one['message']}")
        for one in event.violations
    ]
    return remarks


def _too_early(facts: Facts) -> bool:
    """Flow 2 only: in flow 1 User 1 has a cTID before registering as a partner."""
    if facts.journey.flow == 1:
        return False
    verified = [call for call in facts.history.calls("4.2", user_id=facts.partner_user_id) if call.succeeded]
    # An outgoing call is journaled when its answer is there; a broker may well react while it answers.
    # Too early is only what came before call 4.2 was made.
    asked_at = verified[0].at - verified[0].details["milliseconds"] - 1 if verified else 0
    return min(attempt.at for attempt in facts.set_attempts) < asked_at


def _not_set(facts: Facts) -> Finding:
    attempts = facts.set_attempts
    if not attempts:
        return _nearest(facts)
    event = attempts[-1]
    if not event.succeeded:
        return _refused(event)
    if not facts.right_level(event):
        return _wrong_level(facts, event)
    given = facts.given_partner_id or ""
    calls = facts.history.calls("3.6")
    others = {one.partner_id for one in calls if one.partner_id and not facts.about_partner(one)}
    return violated(
        f"call 3.6 carried the partnerId {event.partner_id!r}; the referral link carries "
        f"{facts.given_partner_id!r}: {alteration(given, event.partner_id, others)}",
        event.seq,
        rule="set-partner-id",
        expected=given,
        seen=event.partner_id,
    )


def _wrong_level(facts: Facts, event: Event) -> Finding:
    wanted, came = facts.journey.level, Level.ACCOUNT if facts.is_account_level(event) else Level.USER
    if came is wanted:
        account, named = facts.journey.ctid_trader_account_id, event.ctid_trader_account_id
        return violated(
            f"call 3.6 named the account {named}; the partner's is {account}",
            event.seq,
            rule="set-target",
            expected=account,
            seen=named,
        )
    return violated(
        f"call 3.6 came at {came} level; User 1 is a partner at {wanted} level",
        event.seq,
        rule="set-level",
        expected=f"{wanted} level",
        seen=f"{came} level",
    )


def _refused(event: Event) -> Finding:
    if "near" in event.details:
        return violated(f"{event.title}; it was answered {event.status}", event.seq, rule="set-address")
    fault = event.details.get("fault")
    rule = "set-repeated" if fault else _BROKEN_BY.get(event.error_code or "")
    seen = body_of(event).get("brokerCrmName") if rule == "set-crm-name" else None
    return violated(f"call 3.6 {outcome(event)}", event.seq, rule=rule, seen=seen)


def _nearest(facts: Facts) -> Finding:
    """Why there is no call 3.6 about User 1: the nearest thing that did happen."""
    about_others = [event for event in facts.history.calls("3.6") if event.seq > facts.began_at]
    for event in reversed(about_others):
        if facts.given_partner_id is not None and event.partner_id == facts.given_partner_id:
            if event.succeeded:
                return _for_somebody_else(facts, event)
            return _refused(event)
    refused = [event for event in about_others if not event.succeeded]
    for event in reversed(refused):
        if event.partner_id is None:
            return _refused(event)
    if not facts.journey.announced and refused:
        return _refused(refused[-1])
    if facts.partner_user_id is None:
        return pending("no call 3.6 yet, and User 1 has no userId yet")
    if facts.journey.level is Level.ACCOUNT and not facts.partner_accounts:
        return pending(f"no call 3.6 yet, and userId {facts.partner_user_id} has no linked account yet")
    return pending(f"no call 3.6 for User 1 (userId {facts.partner_user_id}) yet")


def _for_somebody_else(facts: Facts, event: Event) -> Finding:
    named = (
        f"ctidTraderAccountId {event.ctid_trader_account_id}"
        if facts.is_account_level(event)
        else f"userId {event.user_id}"
    )
    accounts = ", ".join(map(str, facts.partner_accounts)) or "none"
    return violated(
        f"call 3.6 set User 1's partnerId for somebody else, {named}",
        event.seq,
        rule="set-target",
        expected=f"userId {facts.partner_user_id}, ctidTraderAccountId {accounts}",
        seen=named,
    )


def set_answered(facts: Facts) -> Finding:
    """One id comes back, according to level."""
    event = facts.set_event
    if event is None:
        return pending("no call 3.6 succeeded yet")
    if not event.answered:
        return pending(f"call 3.6 {outcome(event)}, after cTrader did what it asked for", event.seq)
    answer = event.details["response"]["body"] or {}
    wanted = "userId" if facts.journey.level is Level.USER else "ctidTraderAccountId"
    if answer and list(answer) != [wanted]:
        return violated(
            f"call 3.6 answered {sorted(answer)}; at {facts.journey.level} level it is {wanted}", event.seq
        )
    return Finding(State.OBSERVED, f"call 3.6 was answered {event.status}", [event.seq], dict(answer))
