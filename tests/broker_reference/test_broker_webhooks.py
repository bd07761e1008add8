"""Webhooks of cTrader Invite (section C): all four results, repeats, and what shows in the client area."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import requests
from broker_fakes import FakeCTrader, ManualClock
from broker_site import TIMEOUT_S, WEBHOOK_AUTHORIZATION, Browser, Site, new_email, wait_until
from sqlalchemy import func, select

from broker_reference.store import invitations as stored
from broker_reference.store.database import Database
from broker_reference.store.invitations import AnnouncedUser
from broker_reference.store.schema import announced_users

ATTRIBUTION, NEW_USER = "/webhooks/ctrader/attribution", "/webhooks/ctrader/new-user"
HEADERS = {"Authorization": WEBHOOK_AUTHORIZATION}
PAYLOADS: list[tuple[str, dict[str, Any]]] = [
    (ATTRIBUTION, {"invitedUserId": 5, "partnerUserId": 6, "brokerName": "northwind"}),
    (NEW_USER, {"userId": 5, "brokerName": "northwind", "email": "rui@example.net"}),
]


def send(site: Site, path: str, body: object, headers: dict[str, str] | None = None) -> requests.Response:
    answer = requests.post(
        site.url + path, json=body, headers=HEADERS if headers is None else headers, timeout=TIMEOUT_S
    )
    if answer.status_code >= 400:
        assert answer.json().keys() == {"error", "message", "code"}
    return answer


def invite(site: Site, invited: int | str, partner: int | str, **more: object) -> dict[str, Any]:
    body = {"invitedUserId": invited, "partnerUserId": partner, "brokerName": "northwind", **more}
    answer = send(site, ATTRIBUTION, body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def user_id(browser: Browser) -> int:
    return int(browser.json("/area/me.json")["userId"])


def attribution(browser: Browser) -> dict[str, Any]:
    return dict(browser.json("/area/me.json")["attribution"])


def referrals(browser: Browser) -> list[tuple[str, str, str]]:
    rows = browser.json("/area/referrals.json")["referrals"]
    return [(row["email"], row["partnerId"], row["level"]) for row in rows]


@pytest.fixture
def partner(site: Site) -> Browser:
    return site.trader()


@pytest.fixture
def invited(site: Site) -> Browser:
    return site.trader()


def test_first_invitation_makes_a_partner(
    site: Site, partner: Browser, invited: Browser, ctrader: FakeCTrader
) -> None:
    first = invite(site, user_id(invited), user_id(partner))
    assert first["brokerResult"] == "ATTRIBUTED_NEW"
    assert first["brokerPartnerId"].startswith("IB-")
    assert referrals(partner) == [(invited.email, first["brokerPartnerId"], "user")]
    assert attribution(invited) == {"state": "attributed", "partnerId": first["brokerPartnerId"]}
    told = partner.partner()
    assert (told["level"], told["partnerId"], told["state"]) == ("user", first["brokerPartnerId"], "invite")
    assert "Shown with your invitations" in partner.get("/area/partner").text

    repeat = invite(site, user_id(invited), user_id(partner), brokerPartnerId=first["brokerPartnerId"])
    assert repeat == {"brokerResult": "ATTRIBUTED", "brokerPartnerId": first["brokerPartnerId"]}
    second = site.trader()
    assert invite(site, user_id(second), user_id(partner)) == repeat
    assert [row[0] for row in referrals(partner)] == [second.email, invited.email]
    entry = partner.log_in(partner.email, source="Web").location.partition("token=")[2]
    assert site.exchange(entry).status_code == 200
    # No call 3.6, not even at the partner's next entry: nothing was minted for it.
    assert [row["state"] for row in partner.partner()["identifiers"]] == ["invite"]
    assert not ctrader.made("3.6")


def test_partner_by_invite_may_join_the_programme_too(
    site: Site, partner: Browser, invited: Browser, ctrader: FakeCTrader
) -> None:
    by_invite = invite(site, user_id(invited), user_id(partner))["brokerPartnerId"]
    partner.become_partner("account")
    wait_until(lambda: partner.partner()["state"] == "set", "identifier is set")
    told = partner.partner()
    assert told["level"] == "account"
    assert [row["partnerId"] for row in told["identifiers"]] == [told["partnerId"], by_invite]
    assert len(ctrader.made("3.6")) == 1
    assert attribution(site.trader(partnerId=by_invite))["state"] == "attributed"


def test_known_partner_keeps_the_identifier(site: Site, partner: Browser, invited: Browser) -> None:
    partner.become_partner("user")
    known = partner.partner_id()
    answer = {"brokerResult": "ATTRIBUTED", "brokerPartnerId": known}
    assert invite(site, user_id(invited), user_id(partner)) == answer
    assert referrals(partner) == [(invited.email, known, "user")]


def test_partner_at_account_level_gets_a_user_level_identifier(
    site: Site, partner: Browser, invited: Browser
) -> None:
    partner.become_partner("account")
    answer = invite(site, user_id(invited), user_id(partner), brokerPartnerId=partner.partner_id())
    assert answer["brokerResult"] == "ATTRIBUTED_NEW"
    assert answer["brokerPartnerId"] != partner.partner_id()
    assert referrals(partner) == [(invited.email, answer["brokerPartnerId"], "user")]


@pytest.mark.parametrize("announced", ["IB-UNKNOWN", "", None, "\x00"])
def test_strange_announced_identifier_is_ignored(
    site: Site, partner: Browser, invited: Browser, announced: str | None
) -> None:
    answer = invite(site, user_id(invited), user_id(partner), brokerPartnerId=announced)
    assert answer["brokerResult"] == "ATTRIBUTED_NEW"
    assert answer["brokerPartnerId"] != announced


def test_announced_identifier_is_used_among_several(site: Site, partner: Browser, invited: Browser) -> None:
    first = invite(site, user_id(invited), user_id(partner))["brokerPartnerId"]
    partner.become_partner("user")
    later = partner.partner_id()
    assert later != first
    second, third = site.trader(), site.trader()
    named = invite(site, user_id(second), user_id(partner), brokerPartnerId=first)
    unnamed = invite(site, user_id(third), user_id(partner))
    assert (named["brokerPartnerId"], unnamed["brokerPartnerId"]) == (first, later)


def test_numeric_strings_count(site: Site, partner: Browser, invited: Browser) -> None:
    assert invite(site, str(user_id(invited)), str(user_id(partner)))["brokerResult"] == "ATTRIBUTED_NEW"
    assert invite(site, user_id(invited), user_id(partner), unknown=1)["brokerResult"] == "ATTRIBUTED"


def next_user_id(ctrader: FakeCTrader) -> int:
    """Make the next call 3.2 answer this id: cTrader knows the user before the broker does."""
    ctrader.next_user_id = 777_001
    return ctrader.next_user_id


def test_invited_user_unknown_yet(site: Site, partner: Browser, ctrader: FakeCTrader) -> None:
    coming = next_user_id(ctrader)
    for _ in range(2):
        assert invite(site, coming, user_id(partner)) == {"brokerResult": "PENDING_ATTRIBUTION"}
    assert referrals(partner) == []
    invited = site.browser()
    email = new_email()
    invited.sign_up(email)
    partner_id = partner.partner_id()
    assert referrals(partner) == [(email, partner_id, "user")]
    assert invite(site, coming, user_id(partner)) == {"brokerResult": "ATTRIBUTED", "brokerPartnerId": partner_id}
    invited.open_account()
    assert ctrader.made("3.3")[-1].body["contactDetails"]["introducingBroker1"] == partner_id


def test_partner_unknown_yet(start: Callable[..., Site], ctrader: FakeCTrader) -> None:
    site = start()
    invited = site.trader()
    email, coming = invited.email, next_user_id(ctrader)
    assert invite(site, user_id(invited), coming) == {"brokerResult": "PENDING_ATTRIBUTION"}
    assert attribution(invited)["state"] == "none"
    site.stop()
    site = start()  # it is remembered on disk
    partner = site.browser()
    partner.sign_up(new_email())
    assert [row[0] for row in referrals(partner)] == [email]


def test_pending_answer_names_a_known_partner(site: Site, partner: Browser) -> None:
    partner.become_partner("user")
    answer = {"brokerResult": "PENDING_ATTRIBUTION", "brokerPartnerId": partner.partner_id()}
    assert invite(site, 888_001, user_id(partner)) == answer


def test_invite_may_move_its_own(site: Site, partner: Browser, invited: Browser) -> None:
    other = site.trader()
    first = invite(site, user_id(invited), user_id(partner))
    moved = invite(site, user_id(invited), user_id(other))
    assert moved["brokerResult"] == "REATTRIBUTED"
    assert moved["brokerPartnerId"] != first["brokerPartnerId"]
    assert referrals(partner) == []
    assert referrals(other) == [(invited.email, moved["brokerPartnerId"], "user")]
    assert invite(site, user_id(invited), user_id(other))["brokerResult"] == "ATTRIBUTED"
    back = invite(site, user_id(invited), user_id(partner))
    assert back == {"brokerResult": "REATTRIBUTED", "brokerPartnerId": first["brokerPartnerId"]}


def test_partner_id_of_the_signup_stays(site: Site, partner: Browser, caplog: pytest.LogCaptureFixture) -> None:
    partner.become_partner("account")
    partner_id, other = partner.partner_id(), site.trader()
    invited = site.browser()
    invited.sign_up(new_email(), partnerId=partner_id)
    with caplog.at_level(logging.WARNING):
        pending = invite(site, user_id(invited), user_id(other))
        site.exchange(invited.open_account())
        done = invite(site, user_id(invited), user_id(other))
    assert pending == {"brokerResult": "PENDING_ATTRIBUTION", "brokerPartnerId": partner_id}
    assert done == {"brokerResult": "ATTRIBUTED", "brokerPartnerId": partner_id}
    assert "stays so" in caplog.text
    assert referrals(partner) == [(invited.email, partner_id, "account")]
    assert referrals(other) == []
    same = invite(site, user_id(invited), user_id(partner))
    assert same == done


def test_refused_partner_id_gives_way(site: Site, partner: Browser) -> None:
    invited = site.trader(partnerId="IB-NOBODY")
    assert invite(site, user_id(invited), user_id(partner))["brokerResult"] == "ATTRIBUTED_NEW"
    assert [row[0] for row in referrals(partner)] == [invited.email]


@pytest.mark.parametrize(("path", "body"), PAYLOADS)
@pytest.mark.parametrize(
    "value", [None, "", "Basic", WEBHOOK_AUTHORIZATION + "x", WEBHOOK_AUTHORIZATION.lower(), "\xe9"]
)
def test_wrong_authorization(
    site: Site, database: Database, path: str, body: dict[str, Any], value: str | None
) -> None:
    answer = send(site, path, body, {} if value is None else {"Authorization": value})
    assert (answer.status_code, answer.json()["error"]) == (401, "UNAUTHORIZED")
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(announced_users)).scalar_one() == 0


def test_without_a_configured_value_nobody_gets_in(start: Callable[..., Site]) -> None:
    site = start(changes={"webhook_authorization": ""})
    for path, body in PAYLOADS:
        for headers in ({}, {"Authorization": ""}, HEADERS):
            assert send(site, path, body, headers).status_code == 401


BAD = [
    (path, {**body, key: value}, key)
    for path, body in PAYLOADS
    for key in body
    for value in (None, "", [], {}, True, 1.5, -1, 0)
]
BAD += [
    (path, {other: value for other, value in body.items() if other != key}, key)
    for path, body in PAYLOADS
    for key in body
]
BAD += [(path, {**body, "brokerName": "southwind"}, "brokerName") for path, body in PAYLOADS]
BAD += [
    (ATTRIBUTION, {**PAYLOADS[0][1], "partnerUserId": 5}, "partnerUserId"),
    (ATTRIBUTION, {**PAYLOADS[0][1], "brokerPartnerId": 7}, "brokerPartnerId"),
    (ATTRIBUTION, {**PAYLOADS[0][1], "brokerPartnerId": "\ud800"}, "brokerPartnerId"),
    (NEW_USER, {**PAYLOADS[1][1], "partnerUserId": "x"}, "partnerUserId"),
    (NEW_USER, {**PAYLOADS[1][1], "email": "\ud800"}, "email"),
    (NEW_USER, {**PAYLOADS[1][1], "userId": 2**63}, "userId"),
]


def test_bad_bodies_are_400_and_name_the_key(site: Site) -> None:
    for path, body, key in BAD:
        answer = send(site, path, body)
        assert answer.status_code == 400, (path, body)
        assert answer.json()["message"].startswith(key), (path, body, answer.text)


@pytest.mark.parametrize("path", [ATTRIBUTION, NEW_USER])
def test_what_is_no_call_at_all(site: Site, path: str) -> None:
    for data, status in ((b"{", 400), (b"[]", 400), (b"x" * 100_000, 413)):
        answer = requests.post(site.url + path, data=data, headers=HEADERS, timeout=TIMEOUT_S)
        assert (answer.status_code, answer.json()["code"]) == (status, status)
    xml = requests.post(
        site.url + path, data=b"<a/>", headers={**HEADERS, "Content-Type": "text/xml"}, timeout=TIMEOUT_S
    )
    assert xml.status_code == 415
    assert requests.get(site.url + path, headers=HEADERS, timeout=TIMEOUT_S).status_code == 405


def test_new_users_are_recorded(site: Site, database: Database, clock: ManualClock) -> None:
    body = {"userId": 51201500, "brokerName": "northwind", "email": "rui@example.net"}
    for more in ({}, {}, {"partnerUserId": None}, {"partnerUserId": "51200417"}):
        answer = send(site, NEW_USER, {**body, **more})
        assert (answer.status_code, answer.content) == (200, b"")
    with database.read() as connection:
        assert stored.announced_user(connection, 51201500, "northwind") == AnnouncedUser(
            51201500, "northwind", "rui@example.net", 51200417
        )


def test_body_without_content_type_is_json(site: Site) -> None:
    answer = requests.post(
        site.url + NEW_USER, data=json.dumps(PAYLOADS[1][1]).encode(), headers=HEADERS, timeout=TIMEOUT_S
    )
    assert answer.status_code == 200


def test_partner_by_invite_may_apply_before_having_an_account(site: Site, invited: Browser) -> None:
    partner = site.browser()
    partner.sign_up(new_email())
    by_invite = invite(site, user_id(invited), user_id(partner))["brokerPartnerId"]
    partner.become_partner("account", mode="create_account_first")
    assert partner.partner()["state"] == "waiting_for_user_creation"
    assert by_invite in partner.get("/area/partner").text
    site.exchange(partner.open_account())
    wait_until(lambda: partner.partner()["state"] == "set", "identifier is set")
    assert partner.partner()["level"] == "account"
