"""A running broker over a fake cTrader, both over real HTTP on loopback."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import CRM_PASSWORD, SUCCESS_URL, WEBHOOK_AUTHORIZATION, Site, serving

from broker_reference.app import wire
from broker_reference.ids import RandomIds
from broker_reference.settings import Settings
from broker_reference.store.database import Database


@pytest.fixture
def ctrader() -> Iterator[FakeCTrader]:
    fake = FakeCTrader()

    def make_app(url: str):
        fake.url = url
        return fake.app

    with serving(make_app):
        yield fake


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def settings(ctrader: FakeCTrader) -> Settings:
    return Settings(
        ctrader_url=ctrader.url,
        broker_crm_name="NORTHWINDCRM",
        broker_name="northwind",
        manager_login=4410,
        manager_password="manager-secret",
        group_name="Retail-A",
        success_url=SUCCESS_URL,
        crm_password=CRM_PASSWORD,
        webhook_authorization=WEBHOOK_AUTHORIZATION,
        password_cost=1024,
    )


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    return tmp_path / "broker.sqlite3"


@pytest.fixture
def start(settings: Settings, database_path: Path, clock: ManualClock) -> Iterator[Callable[..., Site]]:
    """Start a broker on the test's one database file; stop it and start another to restart."""
    running: list[Site] = []

    def run(*, outbox: bool = True, changes: dict[str, Any] | None = None) -> Site:
        used = dataclasses.replace(settings, **(changes or {}))
        site = Site(lambda url: wire(used, database_path, url, clock=clock, ids=RandomIds()), outbox=outbox)
        running.append(site)
        return site

    yield run
    for site in running:
        site.stop()


@pytest.fixture
def site(start: Callable[..., Site]) -> Site:
    return start()


@pytest.fixture
def database(database_path: Path) -> Iterator[Database]:
    opened = Database(database_path)
    yield opened
    opened.close()
