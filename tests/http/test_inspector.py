"""The inspector's pages, streams and forms, over real HTTP."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from mock_ctrader.live import HELD_STREAMS
from mock_ctrader.processes import MockProcess
from tests.support import TIMEOUT, Broker, ControlApi, eventually, http

REFERRAL = "/cid/oauth2/ctid/referral"
PAGES = ["", "exchanges", "controls", "setup"]


class Inspector:
    """A browser without JavaScript at one sandbox's pages."""

    def __init__(self, base_url: str, sandbox: dict[str, Any]) -> None:
        self.base_url = base_url
        self.home = f"{base_url}/inspector/{sandbox['id']}"
        self.http = http()

    def get(self, path: str = "/") -> BeautifulSoup:
        response = self.http.get(f"{self.home}{path}", timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        return BeautifulSoup(response.text, "html.parser")

    def post(self, action: str, **values: str) -> requests.Response:
        return self.http.post(
            f"{self.home}/controls/{action}", data=values, timeout=TIMEOUT, allow_redirects=False
        )

    def done(self, action: str, **values: str) -> BeautifulSoup:
        """Post a form and go where it leads."""
        response = self.post(action, **values)
        assert response.status_code == 303, response.text
        return self.get(f"/controls?done={action}")

    def stages(self, path: str = "/") -> list[str]:
        """The word at each stage of the checklist."""
        return [one.get_text(strip=True)[1:].strip() for one in self.get(path).select(".checklist .state")]


@pytest.fixture
def inspector(mock: MockProcess, sandbox: dict[str, Any]) -> Inspector:
    return Inspector(mock.ready["baseUrl"], sandbox)


def set_partner_id(broker: Broker, user: int, **keys: Any) -> requests.Response:
    body = {"brokerCrmName": broker.crm_name, "partnerId": "IB-7Q2F", "userId": user} | keys
    return broker.call("PUT", REFERRAL, body)


@pytest.mark.parametrize("page", PAGES)
def test_page_keeps_to_itself(inspector: Inspector, page: str) -> None:
    response = inspector.http.get(f"{inspector.home}/{page}", timeout=TIMEOUT)
    html = BeautifulSoup(response.text, "html.parser")

    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert not html.select("style, [style]")
    assert not [one for one in html.select("script") if not one.get("src")]
    assert not [name for one in html.find_all() for name in one.attrs if name.startswith("on")]
    targets = [one.get("src") or one.get("href") for one in html.select("script, link, img, a")]
    assert all(target.startswith(("/", "?", "#", "data:")) for target in targets), targets
    assert [one.name for one in html.select("main, header.top, .skip-link")] == ["a", "header", "main"]
    ids = [one["id"] for one in html.select("[id]")]
    assert len(ids) == len(set(ids))


def test_front_page_tells_the_next_step(mock: MockProcess, sandbox: dict[str, Any]) -> None:
    page = http().get(mock.ready["baseUrl"], timeout=TIMEOUT).text
    title = f"sandbox-{sandbox['id']}"
    card = BeautifulSoup(page, "html.parser").find("article", attrs={"aria-labelledby": title})

    assert card is not None
    assert "nothing has happened yet" in card.text
    links = [one["href"] for one in card.select("a")]
    assert f"/inspector/{sandbox['id']}/setup" in links
    assert f"{sandbox['appUrls'][sandbox['brokerNames'][0]]}/" in links


def test_setup_has_the_values_of_the_broker(inspector: Inspector, sandbox: dict[str, Any]) -> None:
    values = [one.text for one in inspector.get("/setup").select(".values td code")]

    for key in ("brokerCrmName", "managerPassword", "groupName", "successUrl", "crmPassword"):
        assert sandbox[key] in values
    assert {inspector.base_url, str(sandbox["managerLogin"])} <= set(values)
    assert "--with-reference-broker" in inspector.get("/setup").text


def test_nothing_reached_yet_is_pending_with_a_reason(inspector: Inspector) -> None:
    page = inspector.get("/?stage=4")

    assert inspector.stages() == ["pending"] * 18
    assert "no call 3.6 yet" in page.select_one("#evidence").text
    assert len(page.select("#journeys a")) == 2
    assert "--with-reference-broker" in page.select_one("#empty").text


def test_refused_call_is_the_answer_to_why_not_yet(inspector: Inspector, broker: Broker, user: int) -> None:
    assert set_partner_id(broker, user, brokerCrmName="NOBODYS").status_code == 404
    page = inspector.get()

    assert "stage 4 is violated" in page.select_one("#progress").text
    assert "CH_BROKER_NOT_FOUND" in page.select_one("#evidence").text
    assert "section 5.8 flow 1 stage 4" in page.select_one("#evidence").text
    assert '"brokerCrmName": "NOBODYS"' in page.select_one("#evidence pre").text
    assert page.select(".seq-broken")


def test_refused_call_at_account_level_is_told_too(inspector: Inspector, broker: Broker, user: int) -> None:
    assert set_partner_id(broker, user, ctidTraderAccountId=7).status_code == 404

    assert "at account level" in inspector.get().select_one("#progress").text
    assert "ENTITY_NOT_FOUND" in inspector.get().select_one("#evidence").text


def test_request_that_hit_no_call_is_not_said_to_keep_the_contract(
    inspector: Inspector, broker: Broker, user: int
) -> None:
    body = {"brokerCrmName": broker.crm_name, "partnerId": "IB-7Q2F", "userId": user}
    assert broker.call("PUT", "/cid/oauth2/ctid/referal", body).status_code == 404
    evidence = inspector.get().select_one("#evidence").text

    assert "not a documented path" in evidence
    assert "no call of the contract" in evidence
    assert "keeps the OpenAPI contract" not in evidence
    assert inspector.get("/exchanges").select_one("tbody tr").select("td")[4].text == "no call"


def test_reached_stages_are_ticked_off(inspector: Inspector, broker: Broker, user: int) -> None:
    assert set_partner_id(broker, user).status_code == 200

    assert inspector.stages()[:6] == ["inferred", "inferred", "inferred", "observed", "observed", "pending"]
    page = inspector.get("/?stage=5")
    assert "Stage 5:" in page.select_one("#evidence").text
    assert "curl --include" in page.select_one("#evidence .curl").text
    assert [one.text for one in page.select(".seq-number")] == ["1", "2", "3", "4", "5"]


def test_hostile_values_are_shown_as_text(inspector: Inspector, broker: Broker, user: int) -> None:
    hostile = "<script>alert(1)</script>"
    assert set_partner_id(broker, user, partnerId=hostile).status_code == 200

    for path in ("/", "/exchanges", "/?stage=4"):
        html = inspector.get(path)
        assert [one.get("src") for one in html.select("script")] == ["/static/inspector.js"]
    assert hostile in inspector.get("/?stage=4").text


class TestExchanges:
    @pytest.fixture
    def traffic(self, broker: Broker, user: int) -> None:
        set_partner_id(broker, user)
        set_partner_id(broker, user, brokerCrmName="NOBODYS")
        set_partner_id(broker, user, partnerId=7)

    @pytest.mark.parametrize(
        ("query", "calls"),
        [
            ("", ["3.6", "3.6", "3.6", "3.2", "3.1"]),
            ("call=3.6", ["3.6"] * 3),
            ("call=3.6&status=4xx", ["3.6"] * 2),
            ("status=5xx", []),
            ("status=none", []),
            ("text=nobodys", ["3.6"]),
            ("text=%25", []),
            ("violations=1", ["3.6"]),
            ("direction=ctrader_to_broker", []),
            ("call=nonsense&unknown=1", []),
        ],
    )
    @pytest.mark.usefixtures("traffic")
    def test_filter(self, inspector: Inspector, query: str, calls: list[str]) -> None:
        rows = inspector.get(f"/exchanges?{query}").select("tbody tr")

        assert [row.select("td")[1].text for row in rows] == calls

    def test_older_pages_hold_what_is_left(self, inspector: Inspector, broker: Broker, user: int) -> None:
        for _ in range(55):
            set_partner_id(broker, user)
        newest = inspector.get("/exchanges?call=3.6")
        older = inspector.get(f"/exchanges{newest.select_one('#older')['href']}")
        seen = [one["id"] for page in (newest, older) for one in page.select("tbody a")]

        assert [len(page.select("tbody tr")) for page in (newest, older)] == [50, 5]
        assert len(set(seen)) == 55
        assert older.select_one("#older") is None

    @pytest.mark.usefixtures("traffic")
    def test_detail_marks_where_the_contract_is_broken(self, inspector: Inspector, broker: Broker) -> None:
        link = inspector.get("/exchanges?violations=1").select_one("tbody a")["href"]
        page = BeautifulSoup(inspector.http.get(inspector.base_url + link, timeout=TIMEOUT).text, "html.parser")

        assert [one.text for one in page.select(".violations b")] == ["request.body.partnerId"]
        assert [one.text.strip() for one in page.select("mark")] == ['"partnerId": 7,']
        assert "--data" in page.select_one(".curl pre").text
        assert broker.token not in page.text

    def test_unknown_event_is_told(self, inspector: Inspector) -> None:
        response = inspector.http.get(f"{inspector.home}/exchanges/999", timeout=TIMEOUT)

        assert response.status_code == 404
        assert "no event 999" in response.text


class TestForms:
    def test_new_sandbox_leads_to_its_setup(self, mock: MockProcess, control: ControlApi) -> None:
        address = f"{mock.ready['baseUrl']}/inspector/sandboxes"
        response = http().post(address, data={"crmUrl": "http://127.0.0.1:9"}, timeout=TIMEOUT)
        sandbox_id = response.url.split("/")[-2]

        assert [one.status_code for one in response.history] == [303]
        assert response.url.endswith("/setup")
        assert "http://127.0.0.1:9" in response.text
        control.delete(sandbox_id)

    def test_refused_sandbox_names_the_field(self, mock: MockProcess) -> None:
        address = f"{mock.ready['baseUrl']}/inspector/sandboxes"
        response = http().post(address, data={"crmUrl": "nowhere"}, timeout=TIMEOUT)

        assert response.status_code == 400
        assert "crmUrl" in BeautifulSoup(response.text, "html.parser").select_one("[role=alert]").text

    def test_urls(self, inspector: Inspector, control: ControlApi, sandbox: dict[str, Any]) -> None:
        inspector.done("urls", crmUrl="http://127.0.0.1:9/crm", loginUrl="http://127.0.0.1:9/in")

        changed = control.change(sandbox["id"])
        assert (changed["crmUrl"], changed["loginUrl"]) == ("http://127.0.0.1:9/crm", "http://127.0.0.1:9/in")
        assert changed["successUrl"] == sandbox["successUrl"]

    def test_refused_value_stays_to_be_mended(self, inspector: Inspector) -> None:
        response = inspector.post("urls", crmUrl="nowhere")
        page = BeautifulSoup(response.text, "html.parser")

        assert response.status_code == 400
        assert "nowhere" in page.select_one("[role=alert]").text
        assert page.select_one("[name=crmUrl]")["value"] == "nowhere"

    def test_behaviour(self, inspector: Inspector, control: ControlApi, sandbox: dict[str, Any]) -> None:
        inspector.done("behaviour", strict="1", readAnswersList="1", hourlyLimit="7")
        changed = control.change(sandbox["id"])
        inspector.done("behaviour")
        back = control.change(sandbox["id"])

        assert (changed["strict"], changed["hourlyLimit"], changed["switches"]["readAnswersList"]) == (
            True,
            7,
            True,
        )
        assert (back["strict"], back["hourlyLimit"], back["switches"]) == (False, None, sandbox["switches"])

    def test_faults(self, inspector: Inspector, broker: Broker, user: int) -> None:
        page = inspector.done("fault", call="3.6", kind="answer", status="503", share="1")
        assert "answer" in page.select_one("#faults tbody").text
        assert set_partner_id(broker, user).status_code == 503

        inspector.done("fault-removed", id="1")
        assert set_partner_id(broker, user).status_code == 200
        assert inspector.post("fault-removed", id="1").status_code == 404

    @pytest.mark.parametrize(
        ("values", "named"),
        [
            ({"call": "3.6", "kind": "answer"}, "status"),
            ({"call": "3.6", "kind": "answer", "status": "503", "share": "half"}, "share"),
            ({"call": "9.9", "kind": "drop"}, "call"),
        ],
    )
    def test_refused_fault(self, inspector: Inspector, values: dict[str, str], named: str) -> None:
        response = inspector.post("fault", **values)

        assert response.status_code == 400
        assert named in BeautifulSoup(response.text, "html.parser").select_one("[role=alert]").text
        assert not inspector.get("/controls").select("#faults tbody")

    @pytest.mark.parametrize("amount", ["-1", "0", "nan", "1e9", "much", "99999999999999"])
    def test_refused_amount_leaves_the_clock(self, inspector: Inspector, amount: str) -> None:
        assert inspector.post("clock", amount=amount, unit="days").status_code == 400
        assert "ahead" not in inspector.get("/controls").select_one("#clock").text

    def test_other_sites_cannot_press_buttons(self, inspector: Inspector) -> None:
        address = f"{inspector.home}/controls/delete"
        refused = inspector.http.post(address, headers={"Origin": "http://example.net"}, timeout=TIMEOUT)
        own = inspector.http.post(
            f"{inspector.home}/controls/reset", headers={"Origin": inspector.base_url}, timeout=TIMEOUT
        )

        assert (refused.status_code, own.status_code) == (403, 200)

    def test_delete_leads_to_the_list(self, mock: MockProcess, control: ControlApi) -> None:
        made = control.create()
        response = Inspector(mock.ready["baseUrl"], made).post("delete")

        assert (response.status_code, response.headers["Location"]) == (303, "/")
        assert Inspector(mock.ready["baseUrl"], made).post("delete").status_code == 404

    def test_unknown_action_is_told(self, inspector: Inspector) -> None:
        assert inspector.post("explode").status_code == 404


class TestStreams:
    def opened(self, address: str) -> requests.Response:
        response = http().get(address, stream=True, timeout=TIMEOUT)
        assert response.headers["Content-Type"] == "text/event-stream"
        return response

    def address(self, inspector: Inspector, page: str = "/") -> str:
        return inspector.base_url + str(inspector.get(page).select_one("[data-live-from]")["data-live-from"])

    def test_change_is_sent_as_the_parts_of_the_page(
        self, inspector: Inspector, broker: Broker, user: int
    ) -> None:
        with self.opened(self.address(inspector)) as stream:
            lines = stream.iter_lines(decode_unicode=True)
            assert next(lines).startswith("retry: ")
            set_partner_id(broker, user)
            sent = _message(lines, "stages reached")
        parts = [one["id"] for one in BeautifulSoup(sent, "html.parser").select("[data-live]")]

        assert "5 of 18" in sent
        page = inspector.get()
        assert parts == [one["id"] for one in page.select("[data-live]")]

    def test_exchanges_are_sent_as_they_are_filtered(
        self, inspector: Inspector, broker: Broker, user: int
    ) -> None:
        with self.opened(self.address(inspector, "/exchanges?call=3.7")) as stream:
            lines = stream.iter_lines(decode_unicode=True)
            set_partner_id(broker, user)
            broker.call("GET", REFERRAL, query={"brokerCrmName": broker.crm_name, "userId": user})
            sent = _message(lines, "<tbody>")

        rows = BeautifulSoup(sent, "html.parser").select("tbody tr")
        assert [row.select("td")[1].text for row in rows] == ["3.7"]

    def test_two_hundred_viewers_do_not_starve_the_api(
        self, inspector: Inspector, broker: Broker, user: int
    ) -> None:
        set_partner_id(broker, user)
        address = re.sub(r"after=\d+", "after=0", self.address(inspector))
        streams: list[tuple[requests.Response, Iterator[str]]] = []

        def all_are_taken() -> bool:
            # a stream that an earlier test left may still be held for a moment
            stream = self.opened(address)
            lines = stream.iter_lines(decode_unicode=True)
            if next(lines) == "retry: 2000":
                stream.close()
            else:
                streams.append((stream, lines))  # lines that nobody holds would close the connection
            return len(streams) == HELD_STREAMS

        eventually(all_are_taken, "all streams taken")
        try:
            polled: list[str] = []

            def poll() -> None:
                polled.append(http().get(address, timeout=TIMEOUT).text)

            viewers = [threading.Thread(target=poll) for _ in range(200)]
            for viewer in viewers:
                viewer.start()
            served = [set_partner_id(broker, user).status_code for _ in range(20)]
            for viewer in viewers:
                viewer.join()
        finally:
            for stream, _ in streams:
                stream.close()

        assert served == [200] * 20
        assert len(polled) == 200
        assert {text.partition("\n")[0] for text in polled} == {"retry: 2000"}
        assert all("<b>5 of 18</b>" in text for text in polled), polled

    def test_list_is_sent_once_until_it_changes(self, mock: MockProcess, broker: Broker, user: int) -> None:
        address = f"{mock.ready['baseUrl']}/inspector/live"
        first = http().get(address, timeout=TIMEOUT).text
        mark = re.search(r"^id: (\w+)$", first, re.MULTILINE)
        assert mark is not None
        again = http().get(address, headers={"Last-Event-ID": mark[1]}, timeout=TIMEOUT).text
        set_partner_id(broker, user)
        changed = http().get(address, headers={"Last-Event-ID": mark[1]}, timeout=TIMEOUT).text

        assert "data: " in first
        assert "data: " not in again
        assert "Flow 1, user level: 5 of 18" in changed

    def test_stream_of_no_sandbox_is_refused(self, mock: MockProcess) -> None:
        address = f"{mock.ready['baseUrl']}/inspector/sb-nobody/live/journeys"
        assert http().get(address, timeout=TIMEOUT).status_code == 404


def _message(lines: Iterator[str], wanted: str) -> str:
    """The data of the first message with a text in it; the request's own time-out ends the wait."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        elif not line and wanted in "\n".join(data):
            return "\n".join(data)
        elif not line:
            data = []
    raise AssertionError(f"the stream ended without {wanted!r}")


def test_webhooks_are_set_by_form_and_a_secret_left_empty_stays(
    inspector: Inspector, control: ControlApi, sandbox: dict[str, Any]
) -> None:
    def settings() -> dict[str, Any]:
        found: dict[str, Any] = control.http.get(
            f"{control.url}/sandboxes/{sandbox['id']}/invite", timeout=TIMEOUT
        ).json()
        return found

    url = "http://127.0.0.1:9/webhooks/ctrader/attribution"
    inspector.done("invite", attributionUrl=url, authorization="Basic secret", held="1")
    first = settings()
    page = inspector.done("invite", attributionUrl=f"{url}2", authorization="")
    second = settings()

    assert first == {"attributionUrl": url, "newUserUrl": None, "authorization": "***", "held": True}
    assert second == {"attributionUrl": f"{url}2", "newUserUrl": None, "authorization": "***", "held": False}
    assert "secret" not in str(page)


def test_an_unknown_unit_of_time_is_named(inspector: Inspector) -> None:
    response = inspector.post("clock", amount="1", unit="fortnights")
    assert response.status_code == 400
    assert "unit: must be one of" in BeautifulSoup(response.text, "html.parser").select_one("[role=alert]").text
