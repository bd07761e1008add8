"""What steps say where a broker, or an adapter, does not even get to what they judge.

No mutant does that: each has one defect, and what comes before it works.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Person
from mock_ctrader.conformance.adapters.manual import ManualAdapter
from mock_ctrader.conformance.chromium import NoBrowser
from mock_ctrader.conformance.crm_client import CrmAnswer
from mock_ctrader.conformance.dialogue import Ended
from mock_ctrader.conformance.findings import Broken, Findings, Unfit
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps import (
    attribution,
    common,
    crm_api,
    crm_lifetime,
    crm_tokens,
    crm_wire,
    functional,
    functional_accounts,
    people,
    screens,
)
from mock_ctrader.conformance.verdicts import Verdict
from mock_ctrader.flows import Level
from mock_ctrader.resources import resource

_PERSON = Person("a@example.net", "Ann", "Bee", "right-Pw-1")
_SUCCESS = "http://app.example/success?token=t1"


class Offering:
    """An adapter with some verbs; each of them gives a value, or raises one."""

    surroundings = SimpleNamespace(trace=SimpleNamespace(last=lambda _: []))

    def __init__(self, **verbs: Any) -> None:
        self._verbs = verbs

    def offers(self, verb: str) -> bool:
        return verb in self._verbs

    def __getattr__(self, verb: str) -> Any:
        def act(*_: Any) -> Any:
            value = self._verbs[verb]
            if isinstance(value, Exception):
                raise value
            return value

        return act


def member(success_url: str = _SUCCESS, **answer: Any) -> Member:
    app: Any = SimpleNamespace(
        post=lambda *_, **__: SimpleNamespace(
            status_code=303, headers={"Location": "http://b.example/pay?token=t"}
        )
    )
    return Member(_PERSON, app, success_url, answer=answer)


def scene(adapter: Any = None, **more: Any) -> Any:
    known = {"screen": lambda **_: "http://b.example/in", "calls": lambda *_, **__: [], "user_id": lambda _: 7}
    return SimpleNamespace(adapter=adapter or Offering(), **(known | more))


def crm(token: str = "c1", status: int = 200, **keys: Any) -> Any:
    return SimpleNamespace(
        token=lambda: token, exchange=lambda *_: CrmAnswer(status, keys, {"call": "4.2", "status": status})
    )


def ends(findings: Findings, code: str, step: Any, *given: Any, why: str = "") -> None:
    """The step ends the check unjudged."""
    with pytest.raises(pytest.skip.Exception, match=why or None):
        step(*given, findings)
    assert findings.code == code
    assert findings.warnings == []


@pytest.fixture
def findings() -> Findings:
    return Findings()


# attribution


@pytest.mark.parametrize("flow", [attribution.new_partner, attribution.existing_partner])
def test_a_level_that_the_programme_does_not_have_is_not_played(flow: Any, findings: Findings) -> None:
    library = SimpleNamespace(bench=SimpleNamespace(levels=(Level.USER,)))
    ends(findings, "no-level", lambda told: flow(library, "account", told), why="has no account level")


def test_whoever_ends_the_run_leaves_the_flow_unjudged(findings: Findings) -> None:
    def play(*_: Any) -> None:
        raise Ended("the person wants no more")

    library = SimpleNamespace(bench=SimpleNamespace(levels=tuple(Level)), play=play)
    ends(findings, "ended", lambda told: attribution.new_partner(library, "user", told), why="wants no more")  # type: ignore[arg-type]


def test_a_stage_that_was_left_open_is_not_judged(findings: Findings) -> None:
    left = SimpleNamespace(blocked_by=None, verdict=Verdict.SKIP, reason="the run was ended", warnings=[])
    played = SimpleNamespace(verdicts=[left], journey={"flow": 1}, evidence=lambda _: [{"seq": 1}])
    ends(findings, "ended", attribution.reach, played, 1, why="the run was ended")
    assert findings.evidence == []


@pytest.mark.parametrize(("folder", "skips"), [("conformance", True), ("attribution", False)])
def test_by_hand_only_the_attribution_flow_is_played(findings: Findings, folder: str, skips: bool) -> None:
    known = {"bench": SimpleNamespace(adapter=object.__new__(ManualAdapter)), "findings": findings}
    request: Any = SimpleNamespace(getfixturevalue=known.__getitem__)
    feature = SimpleNamespace(filename=resource("features") / folder / "x.feature")
    if skips:
        ends(findings, "manual", lambda _: common.pytest_bdd_before_scenario(request, feature))
    else:
        common.pytest_bdd_before_scenario(request, feature)
        assert findings.code is None


# crm-api


def test_a_broker_that_issues_no_crm_api_token_blocks_what_needs_one(findings: Findings) -> None:
    ends(findings, "blocked-by:4.1", crm_api.valid, crm(token=""))


def test_a_success_url_without_a_token_blocks_what_needs_one(findings: Findings) -> None:
    ends(findings, "blocked-by:sign-up", crm_api.token_of_signup, member("http://app.example/success"))


def test_a_first_exchange_that_is_refused_blocks_what_comes_after_it(findings: Findings) -> None:
    signed_up = scene(sign_up=lambda **_: member())
    ends(findings, "blocked-by:4.2", crm_api.signed_in, signed_up, crm(status=404), why="was refused: 404")
    assert findings.evidence == [{"call": "4.2", "status": 404}]


def test_a_first_exchange_that_is_refused_says_nothing_of_the_second(findings: Findings) -> None:
    asked = crm_api.Asked()
    ends(findings, "blocked-by:4.2", crm_api.exchange_twice, member(), crm(status=410), asked, why="410")
    assert len(asked.answers) == 1


def test_who_was_given_no_access_token_does_not_stay_logged_in(findings: Findings) -> None:
    signed_up = scene(sign_up=lambda **_: member())
    ends(findings, "no-access-token", crm_api.stays_logged_in, signed_up, crm(userId=7))
    assert crm_api.stays_logged_in(signed_up, crm(accessToken="a"), Findings()).answer == {"accessToken": "a"}


def test_two_log_ins_need_the_log_in_at_the_screen(findings: Findings) -> None:
    asked = crm_api.Asked()
    with pytest.raises(NotOffered, match="log_in_at_screen"):
        crm_lifetime.log_in_twice(member(), scene(), asked, findings)
    crm_lifetime.log_in_twice(member(), scene(Offering(log_in_at_screen=_SUCCESS)), asked, findings)
    assert asked.tokens == ["t1", "t1"]


@pytest.mark.parametrize("problem", ["", "the form has no field email"])
def test_where_nothing_was_minted_nothing_grows_old(findings: Findings, problem: str) -> None:
    aged = crm_lifetime.Aged("", 0.0, problem)
    why = problem or "carries no one-time token"
    ends(findings, "blocked-by:sign-up", crm_lifetime.wait_a_minute, aged, scene(), why=why)


def test_a_week_passes_only_where_the_clock_can_be_moved(findings: Findings) -> None:
    with pytest.raises(NotOffered, match="advance_clock"):
        crm_lifetime.old_crm_token(scene(), crm(), findings)
    assert crm_lifetime.old_crm_token(scene(Offering(advance_clock=None)), crm(), findings) == "c1"


def test_a_broker_that_could_not_answer_has_not_taken_an_old_token(findings: Findings) -> None:
    asked = crm_api.Asked([CrmAnswer(404, {}, {"call": "4.4", "status": 404})])
    crm_lifetime.week_old_accepted(asked, findings)
    asked.answers.append(CrmAnswer(500, {}, {"call": "4.4", "status": 500}))
    ends(findings, "blocked-by:4.4", crm_lifetime.week_old_accepted, asked, why="could not answer.*500")


def test_an_inapp_token_that_was_never_issued_need_not_be_checked(findings: Findings) -> None:
    def step(told: Findings) -> None:
        crm_tokens.generate_without_inapp("missing", member(), crm(), crm_api.Asked(), told, scene())

    ends(findings, "no-inapp-token", step)


def test_an_address_with_tls_is_tried_without_it(findings: Findings) -> None:
    bench: Any = SimpleNamespace(sandbox={"crmUrl": "https://127.0.0.1:1/crm"})
    tried = crm_wire.try_plain(bench, findings)
    assert str(tried).startswith("HTTPConnectionPool(host='127.0.0.1', port=1)")  # not HTTPS
    crm_wire.no_answer(tried, findings)
    with pytest.raises(Broken, match="the certificate is not accepted"):
        crm_wire.certificate_valid(OSError("self-signed"), findings)


# functional


@pytest.mark.parametrize("stays", [True, False])
def test_a_user_who_could_not_stay_signed_in_is_not_judged_for_it(findings: Findings, stays: bool) -> None:
    given = (member(staysSignedIn=stays), "http://b.example/in", scene())
    if not stays:
        ends(findings, "no-access-token", functional.signed_in_again, *given)
    else:
        with pytest.raises(Broken, match="the login screen opened"):
            functional.signed_in_again(*given, findings)


@pytest.mark.parametrize(("verb", "name"), [("deposits", "deposit"), ("withdraws", "withdraw")])
def test_money_moves_only_where_the_adapter_can(findings: Findings, verb: str, name: str) -> None:
    with pytest.raises(NotOffered, match=name):
        functional.move_money(verb, "5", member(), scene(), findings)


def test_a_deposit_that_fails_is_judged_where_it_is_meant_and_blocks_where_it_is_needed(
    findings: Findings,
) -> None:
    broken = scene(Offering(deposit=AdapterError("no form")))
    with pytest.raises(AdapterError, match="no form"):
        functional.move_money("deposits", "5", member(), broken, findings)
    ends(findings, "blocked-by:deposit", functional.move_money, "deposited", "5", member(), broken, why="no form")


def test_a_made_up_token_needs_the_deposit(findings: Findings) -> None:
    with pytest.raises(NotOffered, match="deposit"):
        functional.forged_deposit(member(), scene(), findings)
    # that the screen does not open is as it must be
    functional.forged_deposit(member(), scene(Offering(deposit=AdapterError("the screen is closed"))), findings)
    assert (findings.code, findings.warnings) == (None, [])


def test_a_further_account_needs_its_verb(findings: Findings) -> None:
    with pytest.raises(NotOffered, match="open_account"):
        functional_accounts.open_account(member(), scene(), findings)


def test_a_screen_that_only_scripts_fill_is_left_to_the_plan_screens(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = SimpleNamespace(form=SimpleNamespace(fields=frozenset()))
    monkeypatch.setattr(functional_accounts, "read_face", lambda *_: empty)
    ends(findings, "no-form", functional_accounts.open_face, "login", scene())


def test_a_broker_that_lets_anybody_in_is_not_blamed_for_the_old_password(findings: Findings) -> None:
    anybody = scene(Offering(log_in_at_screen=_SUCCESS))
    ends(findings, "blocked-by:log-in", functional_accounts.old_password_does_not, member(), anybody)


def test_a_new_password_cannot_be_tried_without_the_log_in(findings: Findings) -> None:
    without = scene(Offering(log_in_at_screen=NotOffered("log_in_at_screen")))
    ends(findings, "no-verb", functional_accounts.new_password_works, _PERSON, without)


def test_a_new_password_that_is_refused_is_the_brokers(findings: Findings) -> None:
    refusing = scene(Offering(log_in_at_screen=AdapterError("wrong password")))
    with pytest.raises(Broken, match="the new password does not let the user in"):
        functional_accounts.new_password_works(_PERSON, refusing, findings)


# people and screens


@pytest.mark.parametrize("times", [0, 2])
def test_who_is_not_listed_to_begin_with_blocks_what_starts_from_there(findings: Findings, times: int) -> None:
    listing = scene(sign_up=lambda **_: member(), times_listed=lambda *_: [times])
    ends(findings, "blocked-by:attribution", people.invited_person, listing, member())


def test_a_person_who_is_not_signed_in_has_not_signed_up() -> None:
    bench: Any = SimpleNamespace(
        adapter=Offering(), control=lambda: None, sandbox={"crmUrl": "http://b.example", "crmPassword": "p"}
    )
    one = member()
    one.app = SimpleNamespace(finish=lambda _: (False, {"error": "no such token"}))  # type: ignore[assignment]
    with pytest.raises(AdapterError, match=r"was not signed in: .*no such token"):
        Scene(bench).finish(one)


def test_no_further_screens_are_no_defect(findings: Findings) -> None:
    gallery = SimpleNamespace(settings=SimpleNamespace(urls=()))
    ends(findings, "one-screen", screens.open_further, gallery)


def test_the_screens_cannot_be_judged_without_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise NoBrowser("no Chromium here")

    monkeypatch.setattr(screens, "find_chromium", nowhere)
    with pytest.raises(Unfit, match="no Chromium here"):
        screens.gallery.__wrapped__(None)  # type: ignore[attr-defined]
