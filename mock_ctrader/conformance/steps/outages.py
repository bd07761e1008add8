"""The steps of the plan robustness about call 3.6 while cTrader is out of order."""

from pytest_bdd import given, parsers, then, when

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene

# what is planted, how often, and the duty that is broken if the broker does not get over it
_TROUBLES: dict[str, tuple[dict[str, object], str]] = {
    "answers with an error": ({"kind": "answer", "status": 503, "times": 2}, "set-survives-outage"),
    "drops the connection": ({"kind": "drop", "phase": "before", "times": 2}, "set-survives-outage"),
    "applies the call and answers an error": (
        {"kind": "answer", "status": 504, "phase": "after", "times": 1},
        "set-idempotent",
    ),
    "applies the call and hangs up": ({"kind": "drop", "phase": "after", "times": 1}, "set-idempotent"),
    "refuses for too many requests": (
        {"kind": "answer", "status": 429, "retryAfter": 1, "times": 2},
        "set-waits-when-limited",
    ),
}


@given(parsers.re(r"cTrader (?P<trouble>.+) at the next calls 3\.6"), target_fixture="at_stake")
def plant(trouble: str, scene: Scene) -> str:
    """The duty that is at stake."""
    values, duty = _TROUBLES[trouble]
    scene.control.pull_faults()
    scene.control.plant("3.6", **values)  # type: ignore[arg-type]
    return duty


@when("the user registers as a partner", target_fixture="refusal")
def register(member: Member, scene: Scene) -> str:
    """Why the broker refused, "" if it did not: it may wait for cTrader, and it may go on without."""
    try:
        scene.adapter.register_partner(member.person, scene.bench.levels[0])
        scene.bench.partners.append(member.person)
    except (NotOffered, Unjudgeable):
        raise
    except AdapterError as problem:
        return str(problem)
    return ""


@then("the partnerId of the referral link is set in cTrader in the end")
def set_in_the_end(member: Member, at_stake: str, refusal: str, scene: Scene, findings: Findings) -> None:
    try:
        shown: str | None = scene.adapter.referral_link(member.person).partner_id
    except Unjudgeable:
        raise
    except AdapterError:
        shown = None
    told = scene.eventually(
        lambda: member.app.profile().get("partnerId"),
        lambda found: found is not None and found == shown,
        scene.bench.retry_patience,
    )
    scene.control.pull_faults()
    attempts = _attempts(member, scene)
    refused = f"; the registration was refused: {refusal}" if refusal else ""
    findings.require(
        at_stake,
        shown is not None and told == shown,
        reason=f"call 3.6 was sent {len(attempts)} times and "
        + ("another identifier is set than the broker shows" if told else "the partner's identifier is not set")
        + refused,
        expected=shown or "a referral link",
        seen=told or "nothing set",
        evidence=attempts,
    )


@then("no other partnerId was ever set for this partner")
def set_once(member: Member, at_stake: str, scene: Scene, findings: Findings) -> None:
    # where only the answer was lost, cTrader has the identifier already: the repetition is what counts
    wanted = 2 if at_stake == "set-idempotent" else 1
    attempts = scene.eventually(
        lambda: _attempts(member, scene), lambda found: len(found) >= wanted, scene.bench.retry_patience
    )
    carried = list(dict.fromkeys(str(one.get("partner_id")) for one in attempts))
    findings.require(
        "set-idempotent",
        len(carried) <= 1,
        reason="call 3.6 was repeated with another identifier",
        expected="one identifier",
        seen=", ".join(carried),
        evidence=attempts,
    )


def _attempts(member: Member, scene: Scene) -> list[dict[str, object]]:
    known = scene.bench.lookup(member.person.email)
    user, account = known.get("user_id"), known.get("ctid_trader_account_id")
    return [
        one
        for one in scene.calls("3.6")
        if str(one.get("user_id")) == user or str(one.get("ctid_trader_account_id")) == account
    ]
