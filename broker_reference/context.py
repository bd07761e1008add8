"""The broker as the blueprints see it: its services, and how a request reaches them."""

from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from broker_reference.account_screens import AccountScreens
from broker_reference.authorisation import Authorisation
from broker_reference.clients import Clients
from broker_reference.clock import MovableClock
from broker_reference.invitations import Invitations
from broker_reference.outbox import Outbox
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.password_reset import PasswordReset
from broker_reference.payments import Payments
from broker_reference.profile import Profile
from broker_reference.settings import Settings
from broker_reference.store.database import Database
from broker_reference.throttle import LoginThrottle, MailThrottle
from broker_reference.user_creation import UserCreation

EXTENSION = "broker_reference"


@dataclass(frozen=True)
class Broker:
    """One wired broker. `url` is its own base URL, without a slash at the end.

    `clock_control` is the clock that operators may move; None unless the setting allows it.
    """

    url: str
    settings: Settings
    database: Database
    clients: Clients
    user_creation: UserCreation
    programme: PartnerProgramme
    authorisation: Authorisation
    profile: Profile
    password_reset: PasswordReset
    login_throttle: LoginThrottle
    mail_throttle: MailThrottle
    account_screens: AccountScreens
    payments: Payments
    invitations: Invitations
    outbox: Outbox
    clock_control: MovableClock | None
    secret_key: str = field(repr=False)


def broker() -> Broker:
    """Return the broker that serves the current request."""
    return cast(Broker, current_app.extensions[EXTENSION])
