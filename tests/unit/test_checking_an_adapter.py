"""What `adapter check` says of verbs that are not declared, do nothing, or do too much."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from mock_ctrader.conformance import check_adapter
from mock_ctrader.conformance.adapter import Adapter, Person, Referral, ReferralLink, Surroundings
from mock_ctrader.conformance.check_adapter import AdapterCheck, Outcome, Tried
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.flows import Level

_SUCCESS = "http://app.example/success?token=t1"
Check = Callable[..., dict[str, Tried]]


class App:
    """The application, which signs everybody in."""

    def __init__(self, _url: str) -> None:
        pass

    def open_sign_in(self, **_: Any) -> str:
        return "http://b.example/in"

    def open_link(self, _link: str) -> str:
        return "http://b.example/in?partnerId=IB-1"

    def finish(self, _url: str) -> tuple[bool, dict[str, Any]]:
        return True, {}


class Broker(Adapter):
    """Signs people up, and has partners whose list grows by each of them, on two pages."""

    verbs = (
        "sign_up",
        "sign_up_client",
        "register_partner",
        "referral_link",
        "referrals",
        "list_opens_without_login",
    )

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._invited: list[str] = []

    def offers(self, verb: str) -> bool:
        return verb in self.verbs

    def sign_up(self, person: Person, screen_url: str) -> str:
        if "partnerId" in screen_url:
            self._invited.append(person.email)
        return _SUCCESS

    def register_partner(self, person: Person, level: Level) -> None:
        pass

    def referral_link(self, person: Person) -> ReferralLink:
        del person  # all have the same
        return ReferralLink("", "IB-1")

    def referrals(self, person: Person) -> list[Referral]:
        del person  # the list is everybody's
        return [Referral(email) for email in self._invited]

    def pages_of_last_list(self) -> int:
        return 2

    def list_opens_without_login(self) -> bool:
        return True


class Idle(Broker):
    """Has further verbs, which change nothing."""

    verbs = (*Broker.verbs, "change_partner_id", "reset_password")

    def change_partner_id(self, person: Person) -> None:
        pass

    def reset_password(self, person: Person, new_password: str) -> None:
        pass


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.setattr(check_adapter, "AppClient", App)
    nothing_came = SimpleNamespace(last_event=lambda: 0, all_events=lambda _: [])

    def checked(kind: type[Broker]) -> dict[str, Tried]:
        bench: Any = SimpleNamespace(
            adapter=kind(Surroundings("http://b.example", _SUCCESS, lambda _: {}, Trace())),
            control=lambda: nothing_came,
            sandbox={"crmUrl": "http://127.0.0.1:1", "crmPassword": "p"},
            app_url="http://app.example/app/b",
            mock_url="http://127.0.0.1:1",
            patience=0.0,
        )
        done = AdapterCheck(bench, (Level.USER,), lambda _: None)
        assert not done.run()  # no CRM answers there
        return {one.verb: one for one in done.tried}

    return checked


def test_clients_of_the_website_are_not_tried_where_none_can_register(check: Check) -> None:
    tried = check(Broker)
    for verb in ("sign_up_client", "register_partner at user level, before a cTID"):
        assert (tried[verb].outcome, tried[verb].told) == (
            Outcome.NOT_TRIED,
            "needs register_client, which is not declared",
        )
    assert tried["register_partner at user level"].outcome is Outcome.OK


def test_a_list_of_several_pages_and_one_open_to_all_are_told(check: Check) -> None:
    tried = check(Broker)
    assert (tried["referrals"].outcome, tried["referrals"].told) == (
        Outcome.OK,
        "1 entries on 2 pages",
    )
    assert "verify will blame stage 16" in tried["list_opens_without_login"].told


def test_an_identifier_that_stays_and_a_password_that_cannot_be_tried(check: Check) -> None:
    tried = check(Idle)
    assert tried["change_partner_id"].outcome is Outcome.FAILED
    assert tried["change_partner_id"].told == "the partnerId is 'IB-1' before and after"
    assert (tried["reset_password"].outcome, tried["reset_password"].told) == (Outcome.OK, "")
    assert check(Broker)["reset_password"].outcome is Outcome.NOT_DECLARED
