"""The user creation flow 5.3 as the journal shows it: calls 3.2, 3.3, 3.4 and 4.2 for one person."""

from mock_ctrader.acts import Act
from mock_ctrader.journal import Event
from mock_ctrader.journeys.facts import Facts, same_address
from mock_ctrader.journeys.model import Finding, State, pending, violated


def user_created(facts: Facts, person: str, email: str | None, user_id: int | None, browsers: set[str]) -> Finding:
    """Whether flow 5.3 is complete for a person, and if not, how far it came.

    Args:
        person: "User 1" or "User 2", for the reason.
        email: the person's address, if known.
        user_id: the person's userId, once cTrader gave one.
        browsers: browsers the person is known to use.
    """
    if user_id is None:
        return _no_user(facts, person, email)
    created = [
        event
        for event in facts.history.calls("3.2", "3.11", user_id=user_id)
        if event.succeeded and (email is None or same_address(event.email, email))
    ]
    linked = [event for event in facts.history.calls("3.4", user_id=user_id) if event.succeeded]
    seen = [event.seq for event in created]
    if not linked:
        return _no_account(facts, person, user_id, seen)
    login = linked[-1].login
    opened = [event for event in facts.history.calls("3.3", login=login) if event.succeeded]
    seen += [event.seq for event in (*opened, *linked)]
    verified = [event for event in facts.history.calls("4.2", user_id=user_id) if event.succeeded]
    if not verified:
        return _not_verified(facts, person, user_id, seen, browsers)
    return Finding(
        State.OBSERVED,
        f"calls 3.2, 3.3, 3.4 and 4.2 for {person} succeeded",
        [*seen, verified[0].seq],
        {
            "userId": user_id,
            "login": login,
            "ctidTraderAccountId": linked[-1].ctid_trader_account_id,
        },
    )


def _no_user(facts: Facts, person: str, email: str | None) -> Finding:
    refused = [event for event in facts.calls_about_address("3.2", email=email) if not event.succeeded]
    if refused:
        return violated(f"call 3.2 for {person} {outcome(refused[-1])}", refused[-1].seq, rule="create-user")
    return pending(f"no call 3.2 for {person} yet", rule="create-user")


def _no_account(facts: Facts, person: str, user_id: int, seen: list[int]) -> Finding:
    refused = [event for event in facts.history.calls("3.4", user_id=user_id) if not event.succeeded]
    if refused:
        return violated(
            f"call 3.4 for {person} {outcome(refused[-1])}", *seen, refused[-1].seq, rule="link-account"
        )
    since = min(seen, default=0)
    tried = [event for event in facts.history.calls("3.3") if event.seq > since]
    # what was refused and then made good says nothing any more
    refused = [event for event in tried[-1:] if not event.succeeded]
    hint = f"; the last call 3.3 {outcome(refused[-1])}" if refused else "" if tried else ", nor was call 3.3 made"
    opened = any(event.succeeded and not _is_linked(facts, event.login) for event in tried)
    reason = f"{person} is userId {user_id}; no call 3.4 links an account to it yet{hint}"
    return pending(
        reason,
        *seen,
        *(event.seq for event in refused),
        rule="link-account" if opened and not refused else "create-trader",
    )


def _is_linked(facts: Facts, login: int | None) -> bool:
    return any(event.succeeded for event in facts.history.calls("3.4", login=login))


def _not_verified(facts: Facts, person: str, user_id: int, seen: list[int], browsers: set[str]) -> Finding:
    failed = facts.acts_in(browsers, Act.SIGN_IN_FAILED)
    if failed:
        reason = f"the sign-in of {person} failed: {failed[-1].details['reason']}"
        return violated(reason, *seen, failed[-1].seq, rule="authorise-user")
    reason = f"the account of {person} (userId {user_id}) is linked; no successful call 4.2 yet"
    return pending(reason, *seen, rule="authorise-user")


def outcome(event: Event) -> str:
    """How an exchange ended, in words."""
    fault = event.details.get("fault")
    if fault is not None:
        ended = (
            "got no answer" if event.status is None else f"was answered {event.status} {event.error_code or ''}"
        )
        return f"{ended.rstrip()} by a planted fault ({fault['kind']}, {fault['phase']})"
    if event.status is None:
        return f"got no answer: {event.details.get('problem', 'unknown')}"
    if "near" in event.details:
        return f"was answered {event.status}: {event.title}"
    body = event.details["response"]["body"]
    error = body.get("error") if isinstance(body, dict) else None
    hint = event.details.get("problem")
    text = error.get("description") if isinstance(error, dict) else None
    return f"was answered {event.status} {event.error_code or ''}".rstrip() + (
        f": {hint or text}" if hint or text else ""
    )
