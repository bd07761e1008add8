"""Proofs of the stages in which User 1 becomes a partner, call 3.6 apart: flow 1 and flow 2 stages 1-6."""

from mock_ctrader.acts import Act
from mock_ctrader.alterations import alteration
from mock_ctrader.flows import Proof
from mock_ctrader.journal import Event
from mock_ctrader.journeys.creation import user_created
from mock_ctrader.journeys.facts import Facts
from mock_ctrader.journeys.model import Finding, State, pending, violated
from mock_ctrader.links import PARTNER_ID, parameter


def registered(facts: Facts) -> Finding:
    """Flow 1 stage 1: inside the broker, so only a report can show it."""
    report = facts.report(Proof.REGISTERED)
    if report is None:
        return pending("nobody reported that User 1 registered as a partner")
    event, given = report
    created = partner_created(facts)
    if given.get("error"):
        # what cTrader refused says more than what the screen showed afterwards
        nearest = "" if created.proved or created.state is State.PENDING else f"; {created.reason}"
        return violated(
            f"User 1 could not register as a partner: {given['error']}{nearest}",
            event.seq,
            *created.events,
            rule=created.rule if nearest else None,
        )
    if facts.journey.announced and not created.proved:
        # "if no cTID yet, first passes flow 5.3" (section 5.8, flow 1 stage 1)
        return violated(
            f"User 1 is a partner before the user creation flow is complete: {created.reason}",
            event.seq,
            *created.events,
            rule=created.rule,
        )
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
            rule="record-at-level",
            expected=f"{facts.journey.level} level",
            seen=f"{given['level']} level",
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
        return violated(
            f"the identifier {partner_id!r} is the earlier one; it must be new", event.seq, rule="partner-id-new"
        )
    altered = _altered_in_link(given.get("referralLink") or "", partner_id, event)
    if altered is not None:
        return altered
    if given.get("sharedWith"):
        # where the identifier is read from a place that has none, it is the same for everybody
        return violated(
            f"the identifier {partner_id!r} is not unique: the link of {given['sharedWith']} has it too, "
            f"as {given.get('referralLink') or partner_id} shows",
            event.seq,
            rule="partner-id-unique",
            expected="an identifier of User 1's own",
            seen=partner_id,
        )
    shared = _set_for_others(facts, partner_id)
    if shared:
        return violated(
            f"the identifier {partner_id!r} is not unique: call 3.6 set it for somebody else too",
            event.seq,
            shared[-1].seq,
            rule="partner-id-unique",
            expected="an identifier of User 1's own",
            seen=partner_id,
        )
    carried = {"partnerId": partner_id, "referralLink": given.get("referralLink")}
    return Finding(State.REPORTED, "the broker gives User 1 a referral link", [event.seq], carried)


def _altered_in_link(url: str, partner_id: str, event: Event) -> Finding | None:
    """A link whose parameter partnerId is not the identifier; other forms of links are the broker's own choice."""
    carried = parameter(url, PARTNER_ID)
    if carried in (None, partner_id):
        return None
    return violated(
        f"the referral link carries the partnerId {carried!r}; the identifier is {partner_id!r}: "
        f"{alteration(partner_id, carried)}",
        event.seq,
        rule="link-has-partner-id",
        expected=partner_id,
        seen=carried,
    )


def _set_for_others(facts: Facts, partner_id: str) -> list[Event]:
    """Calls 3.6 that show an identifier to be shared: it was another's before, or is another's beside User 1's.

    One that was only ever set for somebody else is not shared; its call 3.6 went astray.
    """
    own = any(one.succeeded and one.partner_id == partner_id for one in facts.set_attempts)
    return [
        other
        for other in facts.history.calls("3.6", partner_id=partner_id)
        if other.succeeded and not facts.about_partner(other) and (own or other.seq < facts.began_at)
    ]


def application_told(facts: Facts) -> Finding:
    """Flow 1 stage 6: the application shows User 1's identifier."""
    if facts.set_event is None:
        return pending("no partnerId is set yet")
    shown = facts.history.acts(Act.PARTNER_ID_LEARNED, user_id=facts.partner_user_id)
    learned = [event for event in shown if event.partner_id == facts.partner_id]
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
    return facts.acts_in(facts.partner_browsers, act)


def partner_created(facts: Facts) -> Finding:
    """Flow 2 stage 3: flow 5.3 for User 1."""
    return user_created(
        facts, "User 1", facts.journey.partner_email, facts.partner_user_id, facts.partner_browsers
    )
