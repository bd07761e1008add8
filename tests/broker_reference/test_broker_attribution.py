"""Attribution from the link to the partner's list (rulings E-12 to E-16)."""

import logging
from typing import Any

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import Browser, Site, new_email

from broker_reference import attributions
from broker_reference.ids import RandomIds
from broker_reference.partners import Level, Purpose
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store import partners as stored_partners
from broker_reference.store.database import Database


@pytest.fixture
def partner(site: Site) -> Browser:
    browser = site.trader()
    browser.become_partner("user")
    return browser


def attribution(browser: Browser) -> dict[str, Any]:
    return dict(browser.json("/area/me.json")["attribution"])


def referrals(browser: Browser) -> list[dict[str, Any]]:
    return list(browser.json("/area/referrals.json")["referrals"])


def test_attributed_exactly_when_the_flow_is_complete(
    site: Site, partner: Browser, ctrader: FakeCTrader, clock: ManualClock
) -> None:
    partner_id, email = partner.partner_id(), new_email()
    trader = site.browser()
    trader.sign_up(email, partnerId=partner_id)
    assert attribution(trader) == {"state": "pending", "partnerId": partner_id}
    code = trader.open_account()
    assert ctrader.made("3.3")[-1].body["contactDetails"]["introducingBroker1"] == partner_id
    assert attribution(trader)["state"] == "pending"
    assert referrals(partner) == []
    clock.advance(5)
    assert site.exchange(code).status_code == 200
    assert attribution(trader) == {"state": "attributed", "partnerId": partner_id}
    assert referrals(partner) == [
        {
            "email": email,
            "firstName": "Ines",
            "lastName": "Silva",
            "partnerId": partner_id,
            "level": "user",
            "attributedAt": clock.now_ms(),
        }
    ]
    page = partner.get("/area/referrals")
    assert email in page.text
    assert partner_id in page.text


def test_expired_token_leaves_it_pending_until_a_later_success(
    site: Site, partner: Browser, clock: ManualClock
) -> None:
    email = new_email()
    trader = site.browser()
    trader.sign_up(email, partnerId=partner.partner_id())
    code = trader.open_account()
    clock.advance(60)
    assert site.exchange(code).status_code == 410
    assert attribution(trader)["state"] == "pending"
    later = site.browser().log_in(email, firstLogin="false").location.partition("token=")[2]
    assert site.exchange(later).status_code == 200
    assert attribution(trader)["state"] == "attributed"


def test_existing_user_who_logs_in_is_not_attributed(site: Site, partner: Browser) -> None:
    email = new_email()
    site.trader(email)
    again = site.browser()
    code = again.log_in(email, firstLogin="false", partnerId=partner.partner_id()).location.partition("token=")[2]
    site.exchange(code)
    assert attribution(again) == {"state": "none", "partnerId": None}
    assert referrals(partner) == []


def test_existing_client_on_the_signup_face_is_not_attributed(site: Site, partner: Browser) -> None:
    email = new_email()
    site.browser().register(email)
    trader = site.trader(email, partnerId=partner.partner_id())
    assert attribution(trader)["state"] == "none"
    assert referrals(partner) == []


def test_first_partner_stays_when_the_signup_is_repeated(
    site: Site, partner: Browser, ctrader: FakeCTrader
) -> None:
    other = site.trader()
    other.become_partner("user")
    email = new_email()
    ctrader.misbehave("3.2", 503)
    site.browser().sign_up(email, partnerId=partner.partner_id())
    trader = site.trader(email, partnerId=other.partner_id())
    assert attribution(trader) == {"state": "attributed", "partnerId": partner.partner_id()}
    assert referrals(other) == []


@pytest.mark.parametrize("stranger", ["IB-UNKNOWN", "ib-é +/=%&", "x" * 5000, "a\x00b"])
def test_unknown_partner_never_blocks_a_signup(
    site: Site, caplog: pytest.LogCaptureFixture, ctrader: FakeCTrader, stranger: str
) -> None:
    with caplog.at_level(logging.WARNING):
        trader = site.trader(partnerId=stranger)
    assert attribution(trader) == {"state": "none", "partnerId": None}
    assert "unknown partner" in caplog.text
    assert "introducingBroker1" not in ctrader.made("3.3")[-1].body["contactDetails"]


def test_own_link_does_not_attribute_oneself(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    email = new_email()
    browser = site.browser()
    browser.register(email)
    browser.become_partner("user", mode="website_only")
    with caplog.at_level(logging.WARNING):
        trader = site.trader(email.upper(), partnerId=browser.partner_id())
    assert attribution(trader)["state"] == "none"
    assert "self-referral" in caplog.text
    assert referrals(browser) == []


def test_account_level_referral_belongs_to_the_owner(site: Site, partner: Browser) -> None:
    user_level = partner.partner_id()
    partner.become_partner("account")
    account_level = partner.partner_id()
    site.trader(partnerId=user_level)
    site.trader(partnerId=account_level)
    assert [(row["partnerId"], row["level"]) for row in referrals(partner)] == [
        (account_level, "account"),
        (user_level, "user"),
    ]


@pytest.mark.parametrize("identifier", ["ó+/=%& ü", "a@b.example", "日本", "%41", "a+b"])
def test_identifier_travels_unchanged(site: Site, partner: Browser, database: Database, identifier: str) -> None:
    class Fixed(RandomIds):
        def partner_identifier(self) -> str:
            return identifier

    with database.write() as connection:
        client = stored_clients.by_email(connection, partner.email)
        assert client is not None
        record = stored_partners.of_client(connection, client.id)
        assert record is not None
        stored_partners.mint(connection, record, Level.ACCOUNT, Purpose.WEBSITE, Fixed(), 1)
    link = partner.partner()["referralLink"]
    trader = site.browser()
    page = trader.get(link.removeprefix(site.url))
    person = {"email": new_email(), "first_name": "A", "last_name": "B", "password": "long enough"}
    trader.submit(page, "/auth/signup", **person)
    assert attribution(trader) == {"state": "pending", "partnerId": identifier}
    site.exchange(trader.open_account())
    assert referrals(partner)[0]["partnerId"] == identifier


def test_pages_are_stable_over_250_referrals(site: Site, partner: Browser, database: Database) -> None:
    def add(number: int) -> None:
        with database.write() as connection:
            client_id = stored_clients.add(
                connection,
                email=f"referral{number}@example.net",
                first_name="R",
                last_name=str(number),
                password_hash="",
                language="en",
                now=number,
            )
            resolved = stored_partners.resolve(connection, partner_id)
            assert client_id is not None
            stored_attributions.record(connection, client_id, partner_id, resolved, None, number)
            # Five at a time share their millisecond: the order must hold all the same.
            stored_attributions.complete(connection, client_id, 1000 + number // 5)

    partner_id = partner.partner_id()
    for number in range(250):
        add(number)
    seen: list[str] = []
    sizes = []
    cursor: str | None = None
    while cursor is not None or not seen:
        query = {"limit": "100"} if cursor is None else {"limit": "100", "after": cursor}
        page = partner.json("/area/referrals.json", **query)
        seen += [row["lastName"] for row in page["referrals"]]
        sizes.append(len(page["referrals"]))
        cursor = page["next"]
        add(1000 + len(sizes))  # newer ones arrive while we read on
    assert sizes == [100, 100, 50]
    assert seen == [str(number) for number in reversed(range(250))]
    first = partner.json("/area/referrals.json")
    assert len(first["referrals"]) == 20
    assert first["referrals"][0]["lastName"] == "1003"
    html = partner.get("/area/referrals", after=first["next"])
    assert len(html.soup.select("tbody tr")) == 20
    assert html.soup.find("a", rel="next") is not None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "x"},
        {"after": ""},
        {"after": "é"},
        {"after": "MTI"},
    ],
)
def test_bad_paging_is_refused_by_name(site: Site, partner: Browser, query: dict[str, str]) -> None:
    page = partner.get("/area/referrals.json", **query)
    assert page.status == 400
    assert page.response.json()["code"] == 400
    assert next(iter(query)) in page.response.json()["message"]
    assert partner.get("/area/referrals", **query).status == 400


def test_strangers_get_nothing(site: Site) -> None:
    browser = site.browser()
    for path in ("/area/me.json", "/area/partner.json", "/area/referrals.json"):
        page = browser.get(path)
        assert page.status == 401
        assert page.response.json() == {"error": "UNAUTHORIZED", "message": "log in first", "code": 401}
    for path in ("/area", "/area/partner", "/area/referrals", "/account/create"):
        assert browser.get(path).location == "/auth/login"


def test_rule_prefers_the_most_telling_reason() -> None:
    owner = attributions.PartnerOwner(1, "Ana@Example.net")
    refusal_of = attributions.refusal_of
    assert refusal_of(None, 2, "b@example.net", existed_before=True) is attributions.Refusal.UNKNOWN_PARTNER
    assert refusal_of(owner, 2, "ana@example.NET", existed_before=False) is attributions.Refusal.SELF_REFERRAL
    assert refusal_of(owner, 1, "b@example.net", existed_before=True) is attributions.Refusal.SELF_REFERRAL
    assert refusal_of(owner, 2, "b@example.net", existed_before=True) is attributions.Refusal.EXISTING_CLIENT
    assert refusal_of(owner, 2, "b@example.net", existed_before=False) is None
