"""Wiring: settings in, a Flask app and its services out."""

import re
from pathlib import Path

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped,unused-ignore]
from sqlalchemy import text

from broker_reference import client_area, crm_api, errors, presentation, screens, session, webhooks
from broker_reference.account_screens import AccountScreens
from broker_reference.authorisation import Authorisation
from broker_reference.clients import Clients
from broker_reference.clock import Clock, MovableClock, SystemClock, moment
from broker_reference.context import EXTENSION, Broker, broker
from broker_reference.ctrader import CTrader
from broker_reference.ids import Ids, RandomIds
from broker_reference.invitations import Invitations
from broker_reference.locks import ClientLocks
from broker_reference.operators import clock as operator_clock
from broker_reference.operators import deliveries, mails
from broker_reference.outbox import Outbox
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.password_reset import PasswordReset
from broker_reference.payments import Payments
from broker_reference.profile import Profile
from broker_reference.settings import Settings
from broker_reference.store import meta
from broker_reference.store.database import Database
from broker_reference.throttle import LoginThrottle, MailThrottle
from broker_reference.user_creation import UserCreation

_LARGEST_BODY = 64 * 1024


def wire(
    settings: Settings, database_path: Path, url: str, *, clock: Clock | None = None, ids: Ids | None = None
) -> Broker:
    """Build the broker's services on one database file.

    Args:
        settings: checked settings.
        database_path: SQLite file to open or create.
        url: the broker's own base URL, as clients reach it.
        clock, ids: sources of time and randomness; the real ones by default.
    """
    movable = MovableClock(clock or SystemClock()) if settings.clock_control else None
    clock = movable or clock or SystemClock()
    ids = ids or RandomIds()
    database = Database(database_path)
    ctrader = CTrader(settings)
    outbox = Outbox(database, ctrader, clock, ids)
    programme = PartnerProgramme(database, outbox, clock, ids)
    clients = Clients(database, clock, settings.password_cost)
    invitations = Invitations(database, clock, ids)
    locks = ClientLocks()
    profile = Profile(database, clients, outbox, locks, clock)
    return Broker(
        url=url,
        settings=settings,
        database=database,
        clients=clients,
        user_creation=UserCreation(settings, database, ctrader, invitations, locks, clock, ids),
        programme=programme,
        authorisation=Authorisation(settings, database, programme, outbox, clock, ids),
        profile=profile,
        password_reset=PasswordReset(database, clients, profile, outbox, clock, ids),
        login_throttle=LoginThrottle(clock),
        mail_throttle=MailThrottle(clock),
        account_screens=AccountScreens(database, clock, ids),
        payments=Payments(database, ctrader, locks, clock, ids),
        invitations=invitations,
        outbox=outbox,
        clock_control=movable,
        secret_key=_secret_key(database, ids),
    )


def create_app(wired: Broker) -> Flask:
    """Build the Flask app that serves a wired broker. The caller starts and stops its outbox."""
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # it redirects to whatever host the request names
    app.secret_key = wired.secret_key
    app.config.update(MAX_CONTENT_LENGTH=_LARGEST_BODY, WTF_CSRF_TIME_LIMIT=None)
    app.extensions[EXTENSION] = wired
    session.init_app(app, over_tls=wired.url.startswith("https:"))
    errors.init_app(app)
    csrf = CSRFProtect(app)
    for blueprint in (*screens.blueprints, *client_area.blueprints, deliveries.blueprint, mails.blueprint):
        app.register_blueprint(blueprint)
    clocks = [] if wired.clock_control is None else [operator_clock.blueprint_of(wired.clock_control)]
    for blueprint in (crm_api.blueprint, webhooks.blueprint, *clocks):
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)  # programs, not browsers: they show a secret and hold no cookie
    app.add_template_filter(_plain_words, "plain_words")
    app.add_template_filter(moment, "moment")
    presentation.init_app(app)
    app.add_url_rule("/", view_func=_start)
    app.add_url_rule("/healthz", view_func=_healthz)
    app.after_request(_harden)
    return app


def _secret_key(database: Database, ids: Ids) -> str:
    with database.write() as connection:
        return meta.secret_key(connection, ids.secret())


def _start() -> ResponseReturnValue:
    return presentation.to("client_area.home")


def _healthz() -> Response:
    with broker().database.read() as connection:
        connection.execute(text("SELECT 1"))
    return jsonify(status="ok")


def _harden(response: Response) -> Response:
    if request.endpoint == "static":
        return response
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"  # partnerId and campaign data stay here
    # Browsers hold redirects after a submit to form-action as well, hence the application's origins. It may show
    # these screens in an iframe, and nobody else may: a frame of a stranger could steal clicks.
    application = " ".join(broker().settings.application_origins)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"form-action 'self' {application}; frame-ancestors 'self' {application}"
    )
    return response


def _plain_words(message: str) -> str:
    """Keep the vendor's name for its users off the pages (section 6), also out of cTrader's own texts."""
    return re.sub("(?i)ctrader id|ctid", "trading user", message)
