"""Proofs of stages 13-18: User 2 signs up, is created and attributed, and User 1 sees it."""

from typing import Any

from mock_ctrader.alterations import alteration
from mock_ctrader.flows import Proof
from mock_ctrader.journal import Event
from mock_ctrader.journeys.creation import user_created
from mock_ctrader.journeys.facts import Facts, same_address
from mock_ctrader.journeys.model import Finding, Remark, State, pending, violated

_SHOWN = 3


def signup_submitted(facts: Facts) -> Finding:
    """Stage 13: the broker's own endpoint, so only a report or call 3.2 can show it."""
    report = _reported(
        facts, Proof.SIGNUP_SUBMITTED, "nobody reported that User 2 signed up", "User 2 could not sign up"
    )
    if isinstance(report, Finding):
        return report
    event, given = report
    opened, submitted = given.get("partnerId"), given.get("submitted")
    if isinstance(opened, str) and isinstance(submitted, str) and submitted not in ("", opened):
        return violated(
            f"the screen was opened with the partnerId {opened!r}; the signup submitted {submitted!r}: "
            f"{alteration(opened, submitted, _identifiers(facts))}",
            event.seq,
            rule="signup-keeps-partner-id",
            expected=opened,
            seen=submitted,
        )
    return Finding(
        State.REPORTED, "the broker took the signup", [event.seq], {"partnerId": given.get("partnerId")}
    )


def _identifiers(facts: Facts) -> set[str]:
    return {event.partner_id for event in facts.history.calls("3.6") if event.partner_id and event.succeeded}


def _shown(entries: list[dict[str, str]]) -> str | None:
    """What a list shows, in short: how a broker writes an address may be all that is wrong."""
    named = [entry["email"] for entry in entries if "email" in entry]
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return f"a list with {', '.join(named[:_SHOWN])}{more}" if named else None


def invited_created(facts: Facts) -> Finding:
    """Stage 14: flow 5.3 for User 2."""
    return user_created(
        facts, "User 2", facts.journey.invited_email, facts.invited_user_id, facts.invited_browsers
    )


def attributed(facts: Facts) -> Finding:
    """Stage 15: inside the broker; seen by the referral list before and after the flow was complete (E-12)."""
    report = _reported(
        facts, Proof.ATTRIBUTED, "nobody reported an attribution", "the attribution could not be read"
    )
    if isinstance(report, Finding):
        return report
    event, given = report
    if given.get("listUnreadable"):
        # inside the broker, and only the list would tell: that it does not open is stage 16's to say
        unread = "what would show the attribution, the list, does not open"
        return Finding(State.INFERRED, unread, [event.seq], _person(facts))
    if given["elsewhere"]:
        elsewhere = ", ".join(given["elsewhere"])
        return violated(
            f"User 2 opened User 1's link, but the broker attributes User 2 to {elsewhere}",
            event.seq,
            rule="attributed-to-the-inviting-partner",
            expected=facts.journey.partner_email,
            seen=elsewhere,
        )
    if not given.get("after"):
        return violated(
            "the user creation flow of User 2 is complete, but the broker does not attribute User 2 to User 1",
            event.seq,
            expected=f"{facts.journey.invited_email} in the list of User 1's referrals",
            seen=_shown(given["entries"]),
        )
    finding = Finding(State.REPORTED, "the broker attributes User 2 to User 1", [event.seq], _person(facts))
    if given.get("before"):
        finding.warnings.append(
            Remark(
                "attributed-not-early", "User 2 was attributed before the user creation flow was complete (E-12)"
            )
        )
    return finding


def list_opened(facts: Facts) -> Finding:
    """Stage 16: only for User 1, logged in."""
    report = _reported(
        facts,
        Proof.LIST_OPENED,
        "nobody reported that User 1 opened the referral list",
        "User 1 could not open the referral list",
    )
    if isinstance(report, Finding):
        return report
    event, given = report
    if given.get("openWithoutLogin"):
        return violated(
            "the referral list opens without a log-in",
            event.seq,
            rule="list-needs-login",
            expected="a refusal, or the log-in screen",
            seen="the list, with addresses of people",
        )
    return Finding(State.REPORTED, "User 1 opened the referral list", [event.seq])


def list_fetched(facts: Facts) -> Finding:
    """Stage 17: the client area gets the referrals from the broker's backend."""
    report = _reported(
        facts,
        Proof.LIST_FETCHED,
        "nobody reported a fetched referral list",
        "the referral list could not be fetched",
    )
    if isinstance(report, Finding):
        return report
    event, given = report
    return Finding(
        State.REPORTED,
        "the client area fetched the referrals",
        [event.seq],
        {"referrals": given.get("count")},
    )


def list_shown(facts: Facts) -> Finding:
    """Stage 18: User 2 is in the list, once, under User 1's identifier, and nobody else's referral is."""
    report = facts.report(Proof.LIST_SHOWN)
    if report is None:
        return pending("nobody reported what the referral list shows")
    event, given = report
    entries: list[dict[str, Any]] = given.get("entries") or []
    mine = [entry for entry in entries if same_address(entry.get("email"), facts.journey.invited_email)]
    if given["elsewhere"]:
        elsewhere = ", ".join(given["elsewhere"])
        return violated(
            f"User 2 is in the list of another partner too: {elsewhere}",
            event.seq,
            rule="list-not-leaked",
            expected="in User 1's list only",
            seen=elsewhere,
        )
    return _leaked(facts, event, entries, given["strangers"]) or _judge_entries(facts, event, mine)


def _judge_entries(facts: Facts, event: Event, mine: list[dict[str, Any]]) -> Finding:
    if not mine:
        return violated(f"User 2 ({facts.journey.invited_email}) is not in the referral list", event.seq)
    if len(mine) > 1:
        return violated(
            f"User 2 is {len(mine)} times in the referral list",
            event.seq,
            rule="listed-once",
            expected="once",
            seen=f"{len(mine)} times",
        )
    listed = Finding(State.REPORTED, "User 1 sees User 2 in the referral list", [event.seq], mine[0])
    under = mine[0].get("partnerId")
    if under is not None and facts.partner_id is not None and under != facts.partner_id:
        # E-16: that the list tells the identifier is our inference, so another one does not stop the stage
        listed.warnings.append(
            Remark(
                "listed-under-link-id",
                f"User 2 is listed under the partnerId {under!r}; the link carried {facts.partner_id!r}",
                facts.partner_id,
                under,
            )
        )
    return listed


def _leaked(facts: Facts, event: Event, entries: list[dict[str, Any]], strangers: list[str]) -> Finding | None:
    others = [
        other.invited_email
        for other in facts.others
        if not same_address(other.partner_email, facts.journey.partner_email)
    ]
    for entry in entries:
        if any(same_address(entry.get("email"), other) for other in [*others, *strangers]):
            return violated(
                f"the referral list of User 1 shows {entry['email']}, whom another partner invited",
                event.seq,
                rule="list-not-leaked",
                expected="User 1's own referrals only",
                seen=entry["email"],
            )
    return None


def blame_signup(facts: Facts, signup: Finding, attribution: Finding) -> None:
    """Nobody is attributed, and no field of the signup carried the identifier: it was lost at stage 13."""
    report = facts.report(Proof.SIGNUP_SUBMITTED)
    if attribution.state is not State.VIOLATED or attribution.rule or report is None or not signup.proved:
        return
    event, given = report
    if given.get("submitted") == "":
        signup.state, signup.rule = State.VIOLATED, "signup-keeps-partner-id"
        signup.expected, signup.seen = given.get("partnerId"), "no partnerId"
        signup.events = [event.seq]
        signup.reason = (
            f"the screen was opened with the partnerId {signup.expected!r}, no field of the signup carried it, "
            "and User 2 is attributed to nobody"
        )
        if given.get("inAddress") is True:
            # a server may read it there: then it was lost later, and nobody outside can tell
            signup.reason += (
                "; the address that the form was posted back to still had it: if your server reads it from there, "
                "it is stage 15 that is broken"
            )


def _reported(facts: Facts, proof: Proof, unreported: str, failed: str) -> tuple[Event, dict[str, Any]] | Finding:
    """What an adapter reported of a stage; or that nobody did, or that it failed, in these words."""
    report = facts.report(proof)
    if report is None:
        return pending(unreported)
    event, given = report
    return violated(f"{failed}: {given['error']}", event.seq) if given.get("error") else report


def _person(facts: Facts) -> dict[str, Any]:
    return {"email": facts.journey.invited_email, "userId": facts.invited_user_id}
