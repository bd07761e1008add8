"""Proofs of the stages in which User 1 becomes a partner: flow 1 stages 1-6, flow 2 stages 1-6."""

from mock_ctrader.acts import Act
from mock_ctrader.flows import Level, Proof
from mock_ctrader.journal import Event
from mock_ctrader.journeys.creation import outcome, user_created
from mock_ctrader.journeys.facts import Facts
from mock_ctrader.journeys.model import Finding, State, pending, violated


def registered(facts: Facts) -> Finding:
    """Flow 1 stage 1: inside the broker, so only a report can show it."""
    report = facts.report(Proof.REGISTERED)
    if report is None:
        return pending("nobody reported that User 1 registered as a partner")
    event, given = report
    if given.get("error"):
        return violated(f"User 1 could not register as a partner: {given['error']}", event.seq)
    return Finding(State.REPORTED, "the broker took the registration", [event.seq], {"level": given.get("level")})


def record_created(facts: Facts) -> Finding:
    """Flow 1 stage 2: how the record is made is the broker's choice; its level is not."""
    report = facts.report(Proof.RECORD_CREATED)
    if report is None:
        return pending("nobody reported a partner record")
    event, given = report
    if given.get("error"):
        return violated(f"the broker shows no partner record: {given['error']}", event.seq)
    if given.get("level") not in (None, facts.journey.level):
        return violated(
            f"the partner record is at {given['level']} level; User 1 registered at {facts.journey.level} level",
            event.seq,
        )
    return Finding(
        State.REPORTED,
        f"the broker shows a partner record at {facts.journey.level} level",
        [event.seq],
        {"level": facts.journey.level.value},
    )


def link_given(facts: Facts) -> Finding:
    """Flow 1 stage 3: the link carries a unique identifier."""
    return _link_given(facts, Proof.LINK_GIVEN)


def new_link_given(facts: Facts) -> Finding:
    """Flow 2 stage 4: the identifier is a new one."""
    return _link_given(facts, Proof.NEW_LINK_GIVEN)


def _link_given(facts: Facts, proof: Proof) -> Finding:
    report = facts.report(proof)
    if report is None:
        return pending("nobody reported a referral link")
    event, given = report
    if given.get("error"):
        return violated(f"the broker gives no referral link: {given['error']}", event.seq)
    partner_id = given.get("partnerId")
    if not isinstance(partner_id, str) or not partner_id.strip():
        return violated(f"the referral link has no partner identifier, got {partner_id!r}", event.seq)
    if partner_id == given.get("previousPartnerId"):
        return violated(f"the identifier {partner_id!r} is the earlier one; it must be new", event.seq)
    shared = [
        other
        for other in facts.calls("3.6")
        if other.succeeded and other.partner_id == partner_id and not facts.about_partner(other)
    ]
    if shared:
        return violated(
            f"the identifier {partner_id!r} is not unique: call 3.6 set it for somebody else too",
            event.seq,
            shared[-1].seq,
        )
    carried = {"partnerId": partner_id, "referralLink": given.get("referralLink")}
    return Finding(State.REPORTED, "the broker gives User 1 a referral link", [event.seq], carried)


def set_requested(facts: Facts) -> Finding:
    """Flow 1 stage 4, flow 2 stage 5: call 3.6 with the identifier, the CRM's name and the id of the level."""
    event = facts.set_event
    if event is None:
        return _not_set(facts)
    finding = Finding(
        State.OBSERVED, "call 3.6 arrived", [event.seq], dict(event.details["request"]["body"] or {})
    )
    if facts.journey.flow == 2:
        verified = [
            call for call in facts.calls("4.2") if call.succeeded and call.user_id == facts.partner_user_id
        ]
        # An outgoing call is journaled when its answer is there; a broker may well react while it answers.
        # Too early is only what came before call 4.2 was made.
        asked_at = verified[0].at - verified[0].details["milliseconds"] - 1 if verified else 0
        if min(attempt.at for attempt in facts.set_attempts()) < asked_at:
            finding.warnings.append("call 3.6 came before the user creation flow of User 1 was complete")
    return finding


def _not_set(facts: Facts) -> Finding:
    attempts = facts.set_attempts()
    wanted = facts.journey.level
    for event in reversed(attempts):
        if not event.succeeded:
            return violated(f"call 3.6 {outcome(event)}", event.seq)
        if not facts.right_level(event):
            came = Level.ACCOUNT if facts.is_account_level(event) else Level.USER
            return violated(f"call 3.6 came at {came} level; User 1 is a partner at {wanted} level", event.seq)
        return violated(
            f"call 3.6 carried the partnerId {event.partner_id!r}; "
            f"the referral link carries {facts.given_partner_id!r}",
            event.seq,
        )
    return _nearest(facts)


def _nearest(facts: Facts) -> Finding:
    """Why there is no call 3.6 about User 1: the nearest thing that did happen."""
    for event in reversed(facts.calls("3.6")):
        if facts.given_partner_id is not None and event.partner_id == facts.given_partner_id:
            if event.succeeded:
                about = event.ctid_trader_account_id or event.user_id
                return violated(f"call 3.6 set User 1's partnerId for somebody else, id {about}", event.seq)
            return violated(f"call 3.6 {outcome(event)}", event.seq)
    if facts.partner_user_id is None:
        return pending("no call 3.6 yet, and User 1 has no userId yet")
    if facts.journey.level is Level.ACCOUNT and not facts.partner_accounts:
        return pending(f"no call 3.6 yet, and userId {facts.partner_user_id} has no linked account yet")
    return pending(f"no call 3.6 for User 1 (userId {facts.partner_user_id}) yet")


def set_answered(facts: Facts) -> Finding:
    """Flow 1 stage 5, flow 2 stage 6: one id comes back, according to level."""
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


def application_told(facts: Facts) -> Finding:
    """Flow 1 stage 6: the application shows User 1's identifier."""
    if facts.set_event is None:
        return pending("no partnerId is set yet")
    learned = facts.acts(
        Act.PARTNER_ID_LEARNED,
        lambda event: event.user_id == facts.partner_user_id and event.partner_id == facts.partner_id,
    )
    if not learned:
        return pending("the application has not shown User 1 the partnerId yet: is User 1 signed in?")
    return Finding(
        State.OBSERVED,
        "the application shows User 1's partnerId",
        [learned[-1].seq],
        {"partnerId": facts.partner_id},
    )


def new_ctid_asked(facts: Facts) -> Finding:
    """Flow 2 stage 1: User 1 starts in the application."""
    asked = _by_partner(facts, Act.NEW_CTID_ASKED)
    if not asked:
        return pending("User 1 has not asked the application for a new cTID")
    return Finding(State.OBSERVED, "User 1 asked the application for a new cTID", [asked[-1].seq])


def signup_shown(facts: Facts) -> Finding:
    """Flow 2 stage 2: the configured screen, opened for a first-time user."""
    opened = [event for event in _by_partner(facts, Act.SCREEN_OPENED) if event.details["firstLogin"]]
    if not opened:
        return pending("the application has not opened the signup screen for User 1")
    event = opened[-1]
    return Finding(
        State.OBSERVED, "the application opened the signup screen", [event.seq], {"url": event.details["url"]}
    )


def _by_partner(facts: Facts, act: Act) -> list[Event]:
    return facts.acts(act, lambda event: event.browser in facts.partner_browsers)


def partner_created(facts: Facts) -> Finding:
    """Flow 2 stage 3: flow 5.3 for User 1."""
    return user_created(
        facts, "User 1", facts.journey.partner_email, facts.partner_user_id, facts.partner_browsers
    )
