"""cTrader Invite between the mock and the reference broker: webhooks over real HTTP."""

from dataclasses import dataclass, field
from typing import Any

import requests
from pytest_bdd import given, parsers, scenarios, then, when

from mock_ctrader.conformance.adapter import Person
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.resources import resource
from tests.conformance.story import Story
from tests.support import TIMEOUT, Broker, eventually, http

scenarios(str(resource("features") / "application" / "invite.feature"))


@dataclass
class Invitations:
    """User 1 and whoever comes by User 1's link."""

    story: Story
    partner: Person
    app: AppClient
    partner_user_id: int
    link: str
    users: dict[str, tuple[Person, int]] = field(default_factory=dict)

    @property
    def control(self) -> str:
        """The control address of the sandbox."""
        return f"{self.story.bench.mock_url}/control/sandboxes/{self.story.bench.sandbox['id']}"

    def deliveries(self, call: str) -> list[dict[str, Any]]:
        """Webhooks about User 1's invitations, or about the new users of this scenario."""
        found = http().get(f"{self.control}/deliveries", timeout=TIMEOUT).json()["deliveries"]
        mine = {user_id for _, user_id in self.users.values()}
        return [
            one
            for one in found
            if one["call"] == call
            and (
                one["payload"].get("partnerUserId") == self.partner_user_id or one["payload"].get("userId") in mine
            )
        ]

    def delivered(self, count: int) -> list[dict[str, Any]]:
        """The attribution webhooks, once so many of them were taken."""

        def enough() -> list[dict[str, Any]]:
            done = [one for one in self.deliveries("C.1") if one["state"] == "delivered"]
            return done if len(done) >= count else []

        return eventually(enough, f"{count} attribution webhooks are delivered")

    def hold(self, held: bool) -> None:
        """Keep webhooks back, or let them go. The broker's own settings are put again, as they are replaced."""
        settings = self.story.webhooks | {"held": held}
        response = http().put(f"{self.control}/invite", json=settings, timeout=TIMEOUT)
        assert response.status_code == 200, response.text

    def sign_up(self, name: str, link: str | None) -> None:
        """Somebody new signs up, by a link or without one."""
        person, app = fresh_person("invited"), AppClient(self.story.bench.app_url)
        screen = app.open_sign_in(first_login=True) if link is None else app.open_link(link)
        assert app.finish(self.story.bench.adapter.sign_up(person, screen))[0]
        self.users[name] = (person, app.profile()["userId"])


@given("User 1 is a user of the broker with an invite link", target_fixture="invitations")
def user_1(story: Story) -> Invitations:
    person, app = fresh_person("partner"), AppClient(story.bench.app_url)
    assert app.finish(story.bench.adapter.sign_up(person, app.open_sign_in(first_login=True)))[0]
    profile = app.profile()
    assert f"u={profile['nickname']}" in profile["inviteLink"]
    return Invitations(story, person, app, profile["userId"], profile["inviteLink"])


@given(parsers.re(r"(?P<name>User [23]) signed up from the invite link"))
@when(parsers.re(r"(?P<name>User [23]) signs up from the invite link"))
def signs_up(invitations: Invitations, name: str) -> None:
    invitations.sign_up(name, invitations.link)


@when("User 2 signs up without a link")
def signs_up_alone(invitations: Invitations) -> None:
    invitations.sign_up("User 2", None)


@given("the webhooks are held back")
def hold(invitations: Invitations) -> None:
    invitations.hold(True)


@when("the webhooks are let go")
def let_go(invitations: Invitations) -> None:
    invitations.hold(False)


@when("User 1 opens the own invite link on another device and logs in")
def opens_own(invitations: Invitations) -> None:
    app = AppClient(invitations.story.bench.app_url)
    invitations.story.log_in(invitations.partner, app.open_link(invitations.link), app)


@when("the attribution webhook is delivered once more")
def delivered_again(invitations: Invitations) -> None:
    (first,) = invitations.delivered(1)
    url = f"{invitations.control}/deliveries/{first['id']}/duplicate"
    made = http().post(url, timeout=TIMEOUT)
    assert made.status_code == 201
    assert made.json()["payload"] == first["payload"]
    invitations.delivered(2)


@then(parsers.parse("the broker answers the attribution webhook with {result}"))
def answered(invitations: Invitations, result: str) -> None:
    last = invitations.delivered(len(invitations.deliveries("C.1")))[-1]
    assert (last["status"], last["problem"]) == (200, None)
    assert last["answer"]["brokerResult"] == result
    assert last["answer"]["brokerPartnerId"]


@then("both deliveries name the same partner identifier")
def same_identifier(invitations: Invitations) -> None:
    first, second = invitations.delivered(2)
    assert first["answer"]["brokerPartnerId"] == second["answer"]["brokerPartnerId"]
    # cTrader knows it from the first answer and tells it with the second webhook
    assert second["payload"]["brokerPartnerId"] == first["answer"]["brokerPartnerId"]


@then("the referral list of User 1 shows User 2")
@then("the referral list of User 1 shows User 2 once")
def listed(invitations: Invitations) -> None:
    found = invitations.story.bench.adapter.referrals(invitations.partner)
    assert [one.email for one in found] == [invitations.users["User 2"][0].email]


@then("the broker takes the new-user webhook of User 2")
def new_user_taken(invitations: Invitations) -> None:
    person, user_id = invitations.users["User 2"]

    def taken() -> list[dict[str, Any]]:
        return [one for one in invitations.deliveries("C.3") if one["state"] == "delivered"]

    (delivery,) = eventually(taken, "the new-user webhook is delivered")
    assert delivery["payload"] == {"userId": user_id, "email": person.email, "brokerName": "BESTBROKER"}
    assert delivery["status"] == 200


@then("no attribution webhook is sent")
def none_sent(invitations: Invitations) -> None:
    assert invitations.deliveries("C.1") == []


@then("the attribution webhook waits")
def waits(invitations: Invitations) -> None:
    (delivery,) = invitations.deliveries("C.1")
    assert (delivery["state"], delivery["attempts"]) == ("pending", 0)


def history(invitations: Invitations, path: str) -> Any:
    """A list of Invite, asked for with the manager token as Bearer token."""
    bench = invitations.story.bench
    token = Broker(bench.mock_url, bench.sandbox).token
    response: requests.Response = http().get(
        f"{bench.mock_url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT
    )
    assert response.status_code == 200, response.text
    refused = http().get(f"{bench.mock_url}{path}", headers={"Authorization": "Bearer x"}, timeout=TIMEOUT)
    assert refused.status_code == 401
    return response.json()


@then("the list of invited traders shows that User 1 invited User 2")
def invited_listed(invitations: Invitations) -> None:
    invitations.delivered(1)
    found = history(invitations, "/v1/social/invitedUsers?limit=1000")["invitedUsers"]
    user_id = invitations.users["User 2"][1]
    (mine,) = [one for one in found if one["invitedUserId"] == user_id]
    assert mine["partnerUserId"] == invitations.partner_user_id
    assert mine["brokerName"] == "BESTBROKER"
    assert mine["brokerPartnerId"]


@then("the list of registered users shows User 1 and User 2")
def users_listed(invitations: Invitations) -> None:
    found = {one["userId"]: one["email"] for one in history(invitations, "/v1/users?limit=1000")["users"]}
    person, user_id = invitations.users["User 2"]
    assert found[invitations.partner_user_id] == invitations.partner.email
    assert found[user_id] == person.email
