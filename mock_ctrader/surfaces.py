"""What people and test programs use: the application, the inspector, the control API, the metrics.

A third of what a server imports. Many a CI job only makes vendor calls, so `app` adds these when they are first
asked for.
"""

from dataclasses import dataclass

from flask import Flask

from mock_ctrader import health
from mock_ctrader.application import routes as application_routes
from mock_ctrader.application.sessions import Sessions
from mock_ctrader.application.sharing import Sharing
from mock_ctrader.clock import Clock
from mock_ctrader.control import faults as control_faults
from mock_ctrader.control import invite as control_invite
from mock_ctrader.control import routes as control_routes
from mock_ctrader.control.service import Control
from mock_ctrader.crm import CrmClient
from mock_ctrader.guard import Guard
from mock_ctrader.inspector import routes as inspector_routes
from mock_ctrader.inspector.controls_page import Controls
from mock_ctrader.inspector.exchanges_page import ExchangesPage
from mock_ctrader.inspector.reading import Reader
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.journal import Journal
from mock_ctrader.live import Live
from mock_ctrader.metrics import Metrics
from mock_ctrader.outgoing import Outgoing
from mock_ctrader.settings import Settings
from mock_ctrader.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """What a server is made of already. `metrics` is None if their extra is not installed."""

    settings: Settings
    clock: Clock
    store: Store
    journal: Journal
    outgoing: Outgoing
    dispatcher: Dispatcher
    metrics: Metrics | None


def add(app: Flask, parts: Parts) -> None:
    """Add them to a server that serves nothing else but vendor calls yet."""
    store, journal, clock, base_url = parts.store, parts.journal, parts.clock, parts.settings.base_url
    control = Control(store, journal, clock, base_url)
    crm = CrmClient(store, parts.outgoing, clock)
    sessions = Sessions(store, journal, crm, parts.dispatcher, clock)
    live = Live(journal, clock)
    guard = Guard(parts.settings.access)
    sharing = Sharing(store, journal)
    application = application_routes.blueprint(sessions, sharing, journal, live, store, base_url)
    guard.against_other_sites(application)
    app.register_blueprint(application)
    faults, invite = control_faults.Faults(store, clock), control_invite.Invite(store, parts.dispatcher, clock)
    reader = Reader(control, journal, store)
    exchanges, controls = ExchangesPage(reader, journal), Controls(control, faults, invite)
    inspector = inspector_routes.blueprint(reader, exchanges, controls, live, guard.sign_in)
    guard.by_sign_in(inspector, open_path=inspector_routes.SIGN_IN)
    app.register_blueprint(inspector)
    for api in (
        control_routes.blueprint(control),
        control_invite.blueprint(invite),
        control_faults.blueprint(faults),
        health.metrics_blueprint(parts.metrics, reader.stages),
    ):
        guard.by_bearer(api)
        app.register_blueprint(api)
