"""The reference broker's whole protocol surface through the mock, every exchange held to the contracts."""

from typing import Any

from mock_ctrader.conformance.browsing import Browser
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.flows import Level
from tests.conformance.story import Story
from tests.support import Broker, eventually

_MADE_BY_BROKER = {"3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.10", "3.11", "3.12", "3.13"}
_MADE_BY_CTRADER = {"4.1", "4.2", "4.3", "4.4", "4.5", "C.1", "C.3"}


def journal(story: Story) -> list[dict[str, Any]]:
    """Everything that happened so far."""
    control, found = story.bench.control(), []
    while events := control.events(found[-1]["seq"] if found else 0):
        found += events
    return found


def test_every_call_of_the_broker_and_of_ctrader(story: Story) -> None:
    broker_url, success_url = story.broker_url, story.bench.sandbox["successUrl"]

    # 3.2 finds the address taken, 3.11 recovers it (E-19); then 3.13, 3.3, 3.4, 4.1, 4.2, C.3
    partner = fresh_person("surface")
    known = Broker(story.bench.mock_url, story.bench.sandbox).new_user(email=partner.email)
    begin = len(journal(story))
    app = AppClient(story.bench.app_url)
    assert app.finish(story.bench.adapter.sign_up(partner, app.open_sign_in(first_login=True)))[0]
    assert app.profile()["userId"] == known

    # 3.6
    story.bench.adapter.register_partner(partner, Level.ACCOUNT)
    eventually(lambda: app.profile()["partnerId"], "call 3.6 sets the partnerId")

    # C.1
    invited = AppClient(story.bench.app_url)
    screen = invited.open_link(app.profile()["inviteLink"])
    assert invited.finish(story.bench.adapter.sign_up(fresh_person("invited"), screen))[0]

    # 4.3, 4.4, 3.5, 4.5
    app.post("close")
    assert app.launch() == ""
    money = Browser(stop_before=success_url)
    money.submit(money.open(app.start_action("deposit")), {"amount": "12.34"})
    app.post("sign-out")

    # 3.10, 3.12
    area = story.area_of(partner)
    page = area.open(f"{broker_url}/area/email")
    area.submit(page, {"email": fresh_person("moved").email, "password": partner.password})
    area.submit(area.open(f"{broker_url}/area"), {}, action="/logout")

    def calls() -> set[str]:
        return {event["call"] for event in journal(story)[begin:] if event.get("call")}

    # 3.1 and 4.1 may have been made before: their tokens are kept
    kept = {event["call"] for event in journal(story)[:begin] if event.get("call") in ("3.1", "4.1")}
    eventually(lambda: calls() | kept >= _MADE_BY_BROKER | _MADE_BY_CTRADER, "every call is made")

    exchanges = [event for event in journal(story)[begin:] if event["kind"] == "exchange"]
    assert [(event["title"], event["violations"]) for event in exchanges if event["violations"]] == []
    leniencies = [event["details"]["leniencies"] for event in exchanges if event["details"].get("leniencies")]
    assert leniencies == [], "the reference broker relies on no leniency"
