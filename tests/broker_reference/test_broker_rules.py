"""Rules that need neither Flask nor SQL."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from broker_reference import attributions
from broker_reference.clients import Clients
from broker_reference.clock import SystemClock
from broker_reference.ids import RandomIds
from broker_reference.partners import (
    Level,
    Mode,
    ModeRequired,
    SettingState,
    Standing,
    Step,
    Target,
    next_step,
    referral_link,
    target_at,
)
from broker_reference.screen_parameters import ScreenParameters
from broker_reference.settings import InvalidSetting, Settings
from broker_reference.store.database import Database
from broker_reference.tokens import (
    ACCESS_LIFETIME_MS,
    ONE_TIME_PREFIX,
    Verdict,
    has_shape,
    verdict_on_access,
    verdict_on_unusable,
)

TARGET = Target("userId", 7)


def standing(
    target: Target | None = None,
    *,
    flow_complete: bool = False,
    is_partner: bool = False,
    has_application: bool = False,
    setting: SettingState | None = None,
) -> Standing:
    return Standing(target, flow_complete, is_partner, has_application, setting)


@pytest.mark.parametrize(
    ("state", "mode", "step"),
    [
        (standing(TARGET), None, Step.MINT_AND_SET),
        (standing(TARGET), Mode.WEBSITE_ONLY, Step.MINT_AND_SET),
        (standing(TARGET, is_partner=True), Mode.WEBSITE_ONLY, Step.NOTHING),
        (standing(TARGET, is_partner=True, flow_complete=True), None, Step.MINT_AND_SET),
        (standing(TARGET, has_application=True), Mode.CREATE_ACCOUNT_FIRST, Step.REMEMBER_APPLICATION),
        (standing(), Mode.CREATE_ACCOUNT_FIRST, Step.REMEMBER_APPLICATION),
        (standing(), Mode.WEBSITE_ONLY, Step.BECOME_WEBSITE_PARTNER),
        (standing(is_partner=True), Mode.CREATE_ACCOUNT_FIRST, Step.LEAD_INTO_USER_CREATION),
        (standing(TARGET, is_partner=True, setting=SettingState.PENDING), None, Step.NOTHING),
        (standing(TARGET, is_partner=True, setting=SettingState.SET), None, Step.NOTHING),
        (standing(TARGET, is_partner=True, setting=SettingState.FAILED), None, Step.SEND_AGAIN),
    ],
)
def test_what_a_registration_leads_to(state: Standing, mode: Mode | None, step: Step) -> None:
    assert next_step(state, mode) is step


@pytest.mark.parametrize("state", [standing(), standing(TARGET, has_application=True)])
def test_choice_is_asked_for_when_it_matters(state: Standing) -> None:
    with pytest.raises(ModeRequired):
        next_step(state, None)


def test_exactly_one_id_is_named() -> None:
    assert target_at(Level.USER, 7, 8) == Target("userId", 7)
    assert target_at(Level.ACCOUNT, 7, 8) == Target("ctidTraderAccountId", 8)
    assert target_at(Level.ACCOUNT, 7, None) is None
    assert target_at(Level.USER, None, 8) is None


@pytest.mark.parametrize("identifier", ["IB-7Q2F", "a b+c/d=e%f&g?#", "é日本", "%2B"])
def test_referral_link_carries_the_identifier(identifier: str) -> None:
    link = referral_link("http://127.0.0.1:1", identifier)
    parameters = ScreenParameters.parse(urlsplit(link).query)
    assert parameters.partner_id == identifier
    assert parameters.shows_signup
    assert ScreenParameters.parse(parameters.encoded()).partner_id == identifier


def test_parameters_keep_order_and_repetition() -> None:
    parameters = ScreenParameters.parse("b=2&a=1&b=3&empty=&partnerId=X&firstLogin=false")
    assert parameters.after_entrance() == "b=2&a=1&b=3&empty="
    assert parse_qs(parameters.other_face(signup=True))["firstLogin"] == ["true"]
    assert ScreenParameters.parse("theme=pink").theme is None
    assert not ScreenParameters.parse("lang=pt").opened_by_app


def test_random_ids_look_as_promised() -> None:
    ids = RandomIds()
    drawn = {ids.partner_identifier() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(len(identifier) == 13 for identifier in drawn)
    assert has_shape(ONE_TIME_PREFIX, ONE_TIME_PREFIX + ids.secret())
    assert all(0.5 <= ids.jitter() < 1 for _ in range(100))


def test_verdicts() -> None:
    assert verdict_on_unusable(None, None) is Verdict.NEVER_ISSUED
    assert verdict_on_unusable(5, 4) is Verdict.ALREADY_USED
    assert verdict_on_unusable(5, None) is Verdict.EXPIRED


GOOD = {
    "ctrader_url": "http://127.0.0.1:1",
    "broker_crm_name": "CRM",
    "broker_name": "broker",
    "manager_login": 1,
    "group_name": "group",
    "success_url": "https://app.example/success",
    "manager_password": "m-secret",
    "crm_password": "c-secret",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ctrader_url", "ftp://x"),
        ("success_url", "/success"),
        ("success_url", "javascript:alert(1)"),
        ("broker_name", " "),
        ("manager_login", 0),
        ("crm_password", ""),
        ("app_url", "app"),
        ("webhook_authorization", "Basic é"),
        ("webhook_authorization", " Basic x"),
        ("webhook_authorization", "Basic\nx"),
    ],
)
def test_unusable_settings_are_named(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=name):
        Settings(**{**GOOD, name: value})  # type: ignore[arg-type]


def test_settings_hide_their_secrets() -> None:
    settings = Settings(**{**GOOD, "webhook_authorization": "Basic w-secret"})  # type: ignore[arg-type]
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("success_url", "app_url"),
    [
        ("https://app.example/app/northwind/success", "https://app.example/app/northwind"),
        ("https://app.example/app/northwind/success/?x=1#y", "https://app.example/app/northwind"),
        ("https://app.example:8443/success", "https://app.example:8443"),
        ("https://app.example", "https://app.example"),
    ],
)
def test_application_lives_beside_the_success_url(success_url: str, app_url: str) -> None:
    assert Settings(**{**GOOD, "success_url": success_url}).app_url == app_url  # type: ignore[arg-type]


def test_application_may_live_elsewhere() -> None:
    settings = Settings(**{**GOOD, "app_url": "https://web.example/x"})  # type: ignore[arg-type]
    assert settings.app_url == "https://web.example/x"
    assert settings.application_origins == ["https://app.example", "https://web.example"]


def test_latest_word_of_invite_counts_but_not_over_a_partner_id() -> None:
    attributed = attributions.AttributionState.ATTRIBUTED
    by_invite = attributions.Brought(1, "IB-1", attributions.Source.INVITE, attributed)
    by_partner_id = attributions.Brought(1, "IB-1", attributions.Source.PARTNER_ID, attributed)
    step = attributions.invite_step
    assert step(None, 2) is attributions.InviteStep.ATTRIBUTE
    assert step(by_invite, 1) is step(by_partner_id, 1) is attributions.InviteStep.KEEP
    assert step(by_invite, 2) is attributions.InviteStep.MOVE
    assert step(by_partner_id, 2) is attributions.InviteStep.KEEP_OTHER


def test_verdicts_on_access_tokens() -> None:
    assert verdict_on_access(None, 0) is Verdict.NEVER_ISSUED
    assert verdict_on_access(5, 5 + ACCESS_LIFETIME_MS - 1) is None
    assert verdict_on_access(5, 5 + ACCESS_LIFETIME_MS) is Verdict.EXPIRED


@pytest.mark.parametrize("cost", [0, 512, 1000, 32_769, -1024])
def test_a_password_cost_that_scrypt_does_not_take_is_refused(cost: int) -> None:
    with pytest.raises(InvalidSetting, match="password_cost must be a power of two from 1024"):
        Settings(**{**GOOD, "password_cost": cost})  # type: ignore[arg-type]


def test_passwords_of_people_cost_what_they_should(tmp_path: Path) -> None:
    settings = Settings(**GOOD)  # type: ignore[arg-type]
    clients = Clients(Database(tmp_path / "broker.sqlite3"), SystemClock(), settings.password_cost)

    assert clients.hash_of("some password").startswith("scrypt:32768:8:1$")
