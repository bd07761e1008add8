"""The application for its users: partnerIds, links, click-through, accounts and pages."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.http.fake_crm import CrmServer, FakeCrm
from tests.http.visitor import HTML, Visitor, parameters, short
from tests.support import TIMEOUT, Broker, ControlApi, http

SCRIPT = "<script>alert(1)</script>"
NASTY = [
    "IB-7Q2F",
    "a+b",
    "a b",
    " edge ",
    "100%",
    "%2B%20",
    "a&b=c",
    "a=b&partnerId=other",
    "a/b\\c",
    "a?b#c",
    "a;b,c",
    "ines@example.net",
    "Партнёр",
    "パートナー 7",
    "👩‍👩‍👧",
    "\u00a0x",
    SCRIPT,
    "\"quoted\" 'too'",
    "{{7*7}}",
    "x" * 255,
    "\U0001f600" * 255,
]
KINDS = {
    "copy": ("60417", "/copy/strategy/60417"),
    "algo": ("1204", "/algos/1204"),
    "signal": ("EURUSD", "/signal"),
    "symbol": ("EURUSD", "/symbols/EURUSD/info"),
    "invite": (None, "/"),
}


class TestPartnerId:
    """Stage 6: the application knows the partnerId."""

    def test_appears_after_it_is_set_and_goes_with_it(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor]
    ) -> None:
        visitor = signed_in(user)
        assert (visitor.me()["partnerId"], visitor.me()["partnerIds"]) == (None, [])

        broker.set_partner(userId=user, partnerId="IB-1")
        assert visitor.me()["partnerId"] == "IB-1"
        assert visitor.me()["partnerIds"] == [{"userId": user, "partnerId": "IB-1", "level": "user"}]

        broker.set_partner(userId=user, partnerId="IB-2")
        assert visitor.me()["partnerId"] == "IB-2"

        broker.delete_partner(userId=user)
        assert (visitor.me()["partnerId"], visitor.me()["partnerIds"]) == (None, [])

    def test_of_the_active_account_wins_over_that_of_the_user(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor]
    ) -> None:
        first, second = broker.new_account(user), broker.new_account(user)
        broker.set_partner(userId=user, partnerId="IB-USER")
        broker.set_partner(ctidTraderAccountId=second, partnerId="IB-SECOND")
        visitor = signed_in(user)

        assert visitor.me()["activeAccount"] == first
        assert (visitor.me()["partnerId"], visitor.share("copy")["partnerId"]) == ("IB-USER", "IB-USER")

        chosen = visitor.post("/active-account", {"ctidTraderAccountId": second})
        assert (chosen.status_code, chosen.headers["Location"]) == (303, f"{visitor.app_url}/")
        assert [account["active"] for account in visitor.me()["accounts"]] == [False, True]
        assert (visitor.me()["partnerId"], visitor.share("copy")["partnerId"]) == ("IB-SECOND", "IB-SECOND")

        broker.delete_partner(userId=user, ctidTraderAccountId=second)
        assert visitor.share("copy")["partnerId"] == "IB-USER"

    def test_of_another_account_is_not_used(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor]
    ) -> None:
        first, second = broker.new_account(user), broker.new_account(user)
        broker.set_partner(ctidTraderAccountId=second, partnerId="IB-SECOND")
        visitor = signed_in(user)

        assert visitor.me()["activeAccount"] == first
        assert visitor.share("copy")["partnerId"] is None

    def test_is_learned_once_per_value(
        self, control: ControlApi, broker: Broker, user: int, signed_in: Callable[[int], Visitor]
    ) -> None:
        visitor = signed_in(user)
        for value in ("IB-1", "IB-2"):
            broker.set_partner(userId=user, partnerId=value)
            visitor.me()
            visitor.me()

        learned = [
            event["partner_id"]
            for event in control.events(broker.sandbox["id"])
            if event["details"].get("act") == "partner_id_learned"
        ]
        assert learned == ["IB-1", "IB-2"]

    @pytest.mark.parametrize("wanted", ["", "abc", "-1", "1" * 30, None, [7], "\u0663"])
    def test_an_account_that_is_not_one_s_own_cannot_be_chosen(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor], wanted: Any
    ) -> None:
        own = broker.new_account(user)
        visitor = signed_in(user)
        foreign = broker.new_account(broker.new_user())

        for account in (wanted, foreign):
            assert visitor.post("/active-account", {"ctidTraderAccountId": account}).status_code == 400
        assert visitor.me()["activeAccount"] == own

    def test_nobody_chooses_an_account_without_signing_in(
        self, broker: Broker, user: int, visitor: Visitor
    ) -> None:
        account = broker.new_account(user)

        assert visitor.post("/active-account", {"ctidTraderAccountId": account}).status_code == 400


class TestLinks:
    """Stages 7 to 12."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_leads_back_into_the_application(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor], kind: str
    ) -> None:
        broker.set_partner(userId=user, partnerId="IB-7Q2F")
        target, path = KINDS[kind]
        link = signed_in(user).share(kind, target)["link"]

        app_path = urlsplit(broker.sandbox["appUrls"][broker.sandbox["brokerNames"][0]]).path
        assert urlsplit(link).path == app_path + path
        assert ("partnerId", "IB-7Q2F") in parameters(link)
        screen = Visitor(broker.base_url).screen(link)
        assert dict(parameters(screen))["partnerId"] == "IB-7Q2F"
        assert "s" not in dict(parameters(screen))

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_link_of_somebody_who_is_no_partner_has_no_partner_id(
        self, user: int, signed_in: Callable[[int], Visitor], kind: str
    ) -> None:
        shared = signed_in(user).share(kind)

        assert shared["partnerId"] is None
        assert "partnerId" not in shared["link"]

    @pytest.mark.parametrize("partner_id", NASTY, ids=short)
    def test_any_partner_id_arrives_unchanged_at_the_broker(
        self, broker: Broker, crm: FakeCrm, user: int, signed_in: Callable[[int], Visitor], partner_id: str
    ) -> None:
        assert broker.set_partner(userId=user, partnerId=partner_id).status_code == 200
        shared = signed_in(user).share("copy", "60417")
        screen = Visitor(broker.base_url).screen(shared["link"])

        assert shared["partnerId"] == partner_id
        assert screen.startswith(f"{crm.url}/auth/login?")
        assert [value for name, value in parameters(screen) if name == "partnerId"] == [partner_id]
        assert dict(parameters(screen))["firstLogin"] == "true"

    @pytest.mark.usefixtures("crm")
    def test_other_parameters_travel_and_the_application_s_own_stay(self, visitor: Visitor) -> None:
        link = (
            f"{visitor.app_url}/signal?s=EURUSD&o=m&d=buy&p=1&acc=77&lang=pt&utm_source=x&partnerId=IB-1&z=1&z=2"
        )
        carried = parameters(visitor.screen(link))

        assert carried[:2] == [("firstLogin", "true"), ("lang", "pt")]
        assert [value for name, value in carried if name == "z"] == ["1", "2"]
        assert {name for name, _ in carried}.isdisjoint({"s", "o", "d", "p", "acc"})

    @pytest.mark.usefixtures("crm")
    def test_a_link_without_a_partner_id_leads_to_the_screen_too(self, visitor: Visitor) -> None:
        assert "partnerId" not in dict(parameters(visitor.screen("/copy/strategy/60417")))

    @pytest.mark.parametrize(
        "path", ["/copy/strategy/abc", "/copy/strategy/", "/algos/1/2", "/nowhere", "/symbols//info"]
    )
    @pytest.mark.usefixtures("crm")
    def test_a_path_no_link_is_made_of_is_404(self, visitor: Visitor, path: str) -> None:
        assert visitor.get(f"{path}?partnerId=IB-1").status_code == 404

    def test_somebody_who_is_signed_in_opens_the_page_itself(
        self, control: ControlApi, broker: Broker, user: int, signed_in: Callable[[int], Visitor]
    ) -> None:
        response = signed_in(user).get("/copy/strategy/60417?partnerId=IB-OTHER", HTML)

        assert response.status_code == 200
        assert "copy/strategy/60417" in response.text
        acts = [event["details"].get("act") for event in control.events(broker.sandbox["id"])]
        assert "link_clicked" not in acts

    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("copy/strategy/60417?partnerId=a%2Bb&x=1", "copy/strategy/60417"),
            ("symbols/US%20500/info?partnerId=IB-1", "symbols/US 500/info"),
            ("symbols/%23US30/info?partnerId=IB-1", "symbols/#US30/info"),
            ("symbols/a%3Fb/info?partnerId=IB-1", "symbols/a?b/info"),
            ("symbols/100%25/info?partnerId=IB-1", "symbols/100%/info"),
            ("symbols/%D0%AE/info?partnerId=IB-1", "symbols/Ю/info"),
            ("symbols/a%0Db/info?partnerId=IB-1", "symbols/a"),
        ],
    )
    def test_the_link_is_what_is_opened_after_the_sign_in(
        self, crm: FakeCrm, visitor: Visitor, user: int, path: str, shown: str
    ) -> None:
        visitor.screen(f"/{path}")
        response = visitor.get(f"/success?token={crm.one_time_token(user)}", HTML)

        assert response.status_code == 303, response.text
        opened = visitor.get(urljoin(f"{visitor.app_url}/success", response.headers["Location"]), HTML)
        assert opened.status_code == 200
        assert f"You opened <code>{shown}" in opened.text

    def test_a_browser_that_came_by_no_link_gets_home_after_the_sign_in(
        self, crm: FakeCrm, visitor: Visitor, user: int
    ) -> None:
        response = visitor.get(f"/success?token={crm.one_time_token(user)}", HTML)

        assert (response.status_code, response.headers["Location"]) == (303, f"{visitor.app_url}/")

    def test_sharing_needs_a_sign_in(self, visitor: Visitor) -> None:
        response = visitor.post("/links", {"kind": "copy"})

        assert (response.status_code, response.json()["error"]["errorCode"]) == (401, "NOT_SIGNED_IN")

    @pytest.mark.parametrize(
        ("body", "key"),
        [
            ({}, "kind"),
            ({"kind": "poem"}, "kind"),
            ({"kind": ["copy"]}, "kind"),
            ([], "kind"),
            ({"kind": "copy", "target": "abc"}, "target"),
            ({"kind": "copy", "target": "1" * 19}, "target"),
            ({"kind": "copy", "target": "٣"}, "target"),
            ({"kind": "copy", "target": 1.5}, "target"),
            ({"kind": "copy", "target": [1]}, "target"),
            ({"kind": "copy", "target": "../../me"}, "target"),
            ({"kind": "symbol", "target": "x" * 101}, "target"),
            ({"kind": "symbol", "target": "\ud800"}, "target"),
        ],
    )
    def test_what_cannot_be_shared_is_refused_by_name(
        self,
        control: ControlApi,
        broker: Broker,
        user: int,
        signed_in: Callable[[int], Visitor],
        body: Any,
        key: str,
    ) -> None:
        response = signed_in(user).post("/links", body)

        assert response.status_code == 400, response.text
        assert response.json()["error"]["description"].startswith(key)
        acts = [event["details"].get("act") for event in control.events(broker.sandbox["id"])]
        assert "link_built" not in acts

    @pytest.mark.parametrize("data", [b"{", b"[" * 10_000, b'{"x":' * 10_000, b"\xff", b""], ids=short)
    def test_a_body_that_is_no_object_is_refused(
        self, user: int, signed_in: Callable[[int], Visitor], data: bytes
    ) -> None:
        visitor = signed_in(user)
        headers = {"Accept": "application/json", "Content-Type": "application/json"}

        assert visitor.post("/links", headers=headers, data=data).status_code == 400

    @pytest.mark.parametrize("target", ["a/b", "a b", "US 500", "#US30", "100%", "a?b", "Ю"])
    def test_a_symbol_of_any_name_can_be_opened_from_its_link(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor], target: str
    ) -> None:
        response = signed_in(user).post("/links", {"kind": "symbol", "target": target})

        if response.status_code == 201:
            Visitor(broker.base_url).screen(response.json()["link"])
        else:
            assert response.status_code == 400, response.text


class TestPages:
    """HTML for people."""

    @pytest.fixture
    def partner(self, broker: Broker, user: int, signed_in: Callable[[int], Visitor]) -> Visitor:
        """Somebody whose names are all markup."""
        broker.set_partner(userId=user, partnerId=SCRIPT)
        account = broker.new_account(user)
        broker.set_partner(ctidTraderAccountId=account, partnerId=SCRIPT)
        return signed_in(user)

    @pytest.mark.parametrize(
        "path", ["/", "/me", "/copy/strategy/60417", "/symbols/<script>/info", "/?partnerId=<script>"]
    )
    def test_of_somebody_signed_in_show_markup_as_text(self, partner: Visitor, path: str) -> None:
        response = partner.get(path, HTML)

        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html")
        assert "<script>" not in response.text
        assert "&lt;script&gt;" in response.text

    def test_of_a_link_show_it_as_text(self, partner: Visitor) -> None:
        response = partner.http.post(
            f"{partner.app_url}/links",
            data={"kind": "symbol", "target": "a\"'><b>"},
            headers=HTML,
            timeout=TIMEOUT,
        )

        assert response.status_code == 201
        link = re.search(r'readonly value="([^"]+)"', response.text)
        assert link is not None
        assert quote(SCRIPT, safe="") in link[1]
        assert "<b>" not in response.text

    @pytest.mark.parametrize("path", ["/", "/me"])
    def test_of_nobody_offer_to_sign_in(self, visitor: Visitor, path: str) -> None:
        response = visitor.get(path, HTML)

        assert response.status_code == 200
        assert f'href="{visitor.app_url}/sign-in?firstLogin=true"' in response.text
        assert f'href="{visitor.app_url}/sign-in?firstLogin=false"' in response.text

    def test_of_an_unknown_page_say_so(self, visitor: Visitor) -> None:
        response = visitor.get(f"/{quote('<script>', safe='')}", HTML)

        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")
        assert "<script>" not in response.text

    def test_choose_an_account_by_form(self, broker: Broker, user: int, partner: Visitor) -> None:
        second = broker.new_account(user)
        partner.http.post(
            f"{partner.app_url}/active-account",
            data={"ctidTraderAccountId": second},
            headers=HTML,
            timeout=TIMEOUT,
        )

        assert partner.me()["activeAccount"] == second

    def test_load_nothing_from_elsewhere(self, partner: Visitor) -> None:
        text = partner.get("/", HTML).text
        loaded = re.findall(r'<(?:link|script|img|iframe)[^>]+(?:href|src)="([^"]+)"', text)

        own = [address for address in loaded if not address.startswith("data:")]
        assert own == ["/static/vendor/pico.jade.min.css", "/static/application.css", "/static/application.js"]
        root = partner.app_url.split("/app/")[0]
        assert [http().get(f"{root}{one}", timeout=TIMEOUT).status_code for one in own] == [200, 200, 200]

    @pytest.mark.parametrize("path", ["/", "/me", "/nowhere"])
    def test_forbid_scripts_and_styles_that_stand_in_the_page(self, partner: Visitor, path: str) -> None:
        response = partner.get(path, HTML)

        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<style|<script(?! src=)|\sstyle=|\son\w+=", response.text) == []


class TestBrokerNames:
    """The application's address holds the brokerName."""

    def test_an_unknown_one_is_404(self, broker: Broker) -> None:
        response = Visitor(f"{broker.base_url}/app/NOBODY").get("/me")

        assert (response.status_code, response.json()["error"]["errorCode"]) == (404, "CH_BROKER_NOT_FOUND")

    @pytest.mark.parametrize("name", ["two words", "Ünï", "a&b=c", "100%", "a?b#c", "a;b", "a/b", "..", ".a", ""])
    def test_one_that_no_address_can_hold_is_refused(self, control: ControlApi, name: str) -> None:
        response = control.http.post(f"{control.url}/sandboxes", json={"brokerNames": [name]}, timeout=TIMEOUT)

        assert (response.status_code, response.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
        assert response.json()["error"]["description"].startswith("brokerNames")

    @pytest.mark.parametrize("name", ["b", "Best.Broker_1-x", "7", "x" * 100], ids=short)
    def test_any_other_has_an_application(
        self, control: ControlApi, crm_server: CrmServer, broker: Broker, name: str
    ) -> None:
        crm = crm_server.new()
        sandbox = control.create(brokerNames=[name], crmUrl=crm.url)
        try:
            user_id = Broker(broker.base_url, sandbox).new_user()
            visitor = Visitor(sandbox["appUrls"][name])
            assert visitor.sign_in(crm.one_time_token(user_id)).status_code == 200
            assert visitor.me()["userId"] == user_id  # the cookie comes back, too
        finally:
            control.delete(sandbox["id"])

    def test_a_browser_is_known_to_one_brokers_application_only(
        self, control: ControlApi, crm_server: CrmServer, broker: Broker
    ) -> None:
        crm = crm_server.new()
        sandbox = control.create(brokerNames=["NORTH-1", "NORTH-2"], crmUrl=crm.url)
        try:
            user_id = Broker(broker.base_url, sandbox).new_user()
            visitor = Visitor(sandbox["appUrls"]["NORTH-1"])
            visitor.sign_in(crm.one_time_token(user_id))
            cookie = visitor.http.cookies["mock_ctrader_browser"]
            stranger = Visitor(sandbox["appUrls"]["NORTH-2"])
            stranger.http.cookies.set("mock_ctrader_browser", cookie)

            assert visitor.me()["signedIn"] is True
            assert stranger.me() == {"signedIn": False}
        finally:
            control.delete(sandbox["id"])


class TestRibbons:
    """Call 3.9 as the user sees it."""

    def test_a_ribbon_is_shown_with_its_address(
        self, broker: Broker, user: int, signed_in: Callable[[int], Visitor]
    ) -> None:
        def put(address: str) -> int:
            ribbon = {
                "color": "#2277aa",
                "title": "Invite <a friend>",
                "enabled": True,
                "closable": True,
                "action": {"urlExternal": address},
            }
            body = {"brokerCrmName": broker.crm_name, "userId": user, "rules": {"ribbons": [ribbon]}}
            return broker.call("PUT", "/cid/oauth2/ctid/inAppControls", body).status_code

        assert put("https://area.example/") == 201
        assert put("javascript:alert(1)") == 400

        visitor = signed_in(user)
        assert [one["title"] for one in visitor.me()["ribbons"]] == ["Invite <a friend>"]
        page = visitor.get("/me", HTML).text
        assert 'href="https://area.example/"' in page
        assert "Invite &lt;a friend&gt;" in page


def test_an_action_on_somebody_elses_account_is_refused(
    broker: Broker, user: int, signed_in: Callable[[int], Visitor]
) -> None:
    visitor = signed_in(user)
    without = visitor.post("/actions", {"action": "deposit"})
    elsewhere = visitor.post("/actions", {"action": "deposit", "account": 1})

    assert (without.status_code, elsewhere.status_code) == (400, 400)
    assert "account: none is not your account" in without.text
    assert "account: 1 is not your account" in elsewhere.text
