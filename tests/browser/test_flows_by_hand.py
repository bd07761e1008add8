"""Both flows at both levels, clicked through by two people in two private windows."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mock_ctrader.conformance.adapter import Person
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.links import parameter
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import (
    Places,
    become_partner,
    fill_in_signup,
    follow,
    log_in_to_area,
    partner_id_of,
    register_on_website,
    share,
    sign_up,
)
from tests.browser.windows import Windows
from tests.support import ControlApi, eventually

Play = Callable[[Callable[[Windows], None]], None]
# what only the broker knows is reported by an adapter; nobody reports here
OF_THE_BROKER = {1, 2, 3, 4, 10, 13, 15, 16, 17, 18}


@pytest.fixture
def journey(served: MockProcess) -> Callable[[str, int], dict[str, Any]]:
    """The journey that the mock found by itself for a partnerId."""
    control, sandbox_id = ControlApi(served.ready["controlUrl"]), served.ready["sandbox"]["id"]

    def found(partner_id: str, flow: int) -> dict[str, Any]:
        mine = [one for one in control.journeys(sandbox_id) if one["partnerId"] == partner_id]
        [one] = [one for one in mine if one["flow"] == flow]
        return one

    return found


def new_partner(app: Page, area: Page, places: Places, person: Person, level: str) -> str:
    """Flow 1, stages 1 to 6: somebody with a trading account becomes a partner."""
    sign_up(app, places, person)
    expect(app.locator("#partner .partner-id")).to_have_text("none yet")
    log_in_to_area(area, places, person)
    return become_partner(area, level)


def existing_partner(app: Page, area: Page, places: Places, person: Person, level: str) -> str:
    """Flow 2, stages 1 to 6: a partner of the website gets a cTID, and with it another partnerId."""
    register_on_website(area, places, person)
    earlier = become_partner(area, level)
    sign_up(app, places, person)

    def renewed() -> str | None:
        area.reload()
        current = partner_id_of(area, level)
        return current if current != earlier else None

    partner_id = eventually(renewed, "the broker gives another partnerId")
    assert partner_id is not None
    return partner_id


@pytest.mark.parametrize("level", ["user", "account"])
@pytest.mark.parametrize("begin", [new_partner, existing_partner])
def test_flow_from_the_first_click_to_the_referral_list(
    play: Play, places: Places, journey: Callable[[str, int], dict[str, Any]], begin: Any, level: str
) -> None:
    partner, invited = fresh_person("partner"), fresh_person("invited")
    seen: list[str] = []

    def scene(windows: Windows) -> None:
        app = windows.open()
        area = app.context.new_page()
        partner_id = begin(app, area, places, partner, level)
        seen.append(partner_id)
        # stage 6, without a reload
        expect(app.locator("#partner .partner-id")).to_have_text(partner_id)
        target = app.locator("#partner li", has_text=f"{level} level")
        expect(target.locator("code")).to_have_text(partner_id)

        link = share(app, "Copy strategy")
        assert parameter(link, "partnerId") == partner_id

        second = windows.open()
        second.goto(link)
        assert parameter(second.url, "partnerId") == partner_id
        fill_in_signup(second, invited)
        expect(second.get_by_text("You opened copy/strategy/60417.")).to_be_visible()

        follow(area.get_by_role("link", name="My referrals"))
        row = area.get_by_role("row", name=invited.email)
        expect(row).to_have_count(1)
        expect(row).to_contain_text(partner_id)
        expect(row).to_contain_text(level)

    play(scene)

    flow = 1 if begin is new_partner else 2
    told = journey(seen[0], flow)
    assert told["level"] == level
    states = {one["number"]: one["state"] for one in told["stages"]}
    unseen = {number for number, state in states.items() if state not in ("observed", "inferred")}
    assert unseen <= OF_THE_BROKER, [one for one in told["stages"] if one["number"] in unseen]
