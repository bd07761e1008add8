"""Defects of signing up with odd identifiers, of logging in and of the screens."""

from typing import Any

from sqlalchemy import Connection, func, select

from broker_reference.clients import Clients, WrongPassword
from broker_reference.ctrader import CTrader
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.profile import Profile
from broker_reference.screen_parameters import ScreenParameters
from broker_reference.screens.forms import InvalidForm
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import clients as stored_clients
from broker_reference.store import outbox as stored_outbox
from broker_reference.store import partners as stored_partners
from broker_reference.store.schema import identifiers
from broker_reference.user_creation import UserCreation

_ODD = "robustness/a-signup-with-an-identifier-that-is-"
_OTHER_CASE = "robustness/a-signup-with-the-partner-s-identifier-in-another-case"


def _find(condition: Any) -> None:
    """Look identifiers up by another condition than equality."""

    @instead_of(stored_partners, "resolve")
    def resolve(original: Any, connection: Connection, identifier: str) -> Any:
        found = connection.execute(
            select(identifiers.c.identifier)
            .where(condition(identifier))
            .order_by(identifiers.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()
        return None if found is None else original(connection, found)


@mutant(
    f"{_ODD}unknown/unknown",
    duty="signup-not-blocked",
    verdict="warn",
    also=(f"{_ODD}*", _OTHER_CASE),
    played=(f"{_ODD}empty*",),
)
def unknown_partner_id_stops_signup() -> None:
    """A signup with an identifier that no partner has is refused."""

    @instead_of(Clients, "sign_up")
    def sign_up(original: Any, self: Clients, person: object, *, partner_id: str | None, **named: Any) -> Any:
        with self._database.read() as connection:
            if partner_id and stored_partners.resolve(connection, partner_id) is None:
                raise InvalidForm({"email": "This invitation is not valid."})
        return original(self, person, partner_id=partner_id, **named)


@mutant(
    f"{_ODD}unknown/unknown",
    duty="unknown-not-attributed",
    also=(f"{_ODD}*", _OTHER_CASE),
    played=(f"{_ODD}empty*",),
)
def unknown_partner_id_given_to_the_newest() -> None:
    """A client who came with an identifier that no partner has is attributed to the newest partner."""
    newest = select(func.max(identifiers.c.id)).scalar_subquery()

    @instead_of(stored_partners, "resolve")
    def resolve(original: Any, connection: Connection, identifier: str) -> Any:
        text = connection.execute(select(identifiers.c.identifier).where(identifiers.c.id == newest)).scalar()
        return original(connection, identifier) or original(connection, text or "")


@mutant(
    f"{_ODD}unknown/unknown",
    duty="unknown-not-attributed",
    also=(f"{_ODD}*", _OTHER_CASE),
    played=("robustness/two-partners-at-once", "attribution/flow-1/user/*"),
)
def unknown_partner_id_given_to_the_oldest() -> None:
    """A client who came with an identifier that no partner has is attributed to the partner of old."""
    oldest = select(func.min(identifiers.c.id)).scalar_subquery()

    @instead_of(stored_partners, "resolve")
    def resolve(original: Any, connection: Connection, identifier: str) -> Any:
        text = connection.execute(select(identifiers.c.identifier).where(identifiers.c.id == oldest)).scalar()
        return original(connection, identifier) or original(connection, text or "")


@mutant(
    _OTHER_CASE,
    duty="identifier-exact",
    verdict="warn",
    played=(f"{_ODD}cut-short*", f"{_ODD}unknown*", "attribution/flow-1/user/*"),
)
def identifiers_found_in_any_case() -> None:
    """Identifiers are looked up without regard to their letters' case."""
    _find(lambda identifier: func.lower(identifiers.c.identifier) == identifier.lower())


@mutant(
    f"{_ODD}cut-short/cut-short",
    duty="unknown-not-attributed",
    played=(_OTHER_CASE, f"{_ODD}unknown*", "attribution/flow-1/user/*"),
)
def identifiers_found_by_their_beginning() -> None:
    """Identifiers are looked up by their beginning."""
    _find(lambda identifier: func.substr(identifiers.c.identifier, 1, len(identifier)) == identifier)


@mutant("robustness/the-identifier-is-changed-while-an-old-link-is-still-in-use", duty="set-partner-id")
def changed_identifier_not_sent() -> None:
    """A changed identifier is shown to the partner, and cTrader is not told."""
    sending: list[bool] = [True]

    @instead_of(PartnerProgramme, "_replace")
    def replace(original: Any, self: PartnerProgramme, *arguments: Any) -> None:
        sending[0] = False
        try:
            original(self, *arguments)
        finally:
            sending[0] = True

    @instead_of(stored_outbox, "add")
    def add(original: Any, *arguments: Any) -> None:
        if sending[0]:
            original(*arguments)


@mutant(
    "functional/6.3.2-a-wrong-password-does-not-let-anybody-in",
    duty="refuses-wrong-password",
    played=("functional/6.3.2*",),
)
def wrong_password_lets_in() -> None:
    """The log-in takes any password."""

    @instead_of(Clients, "recognise")
    def recognise(_: Any, self: Clients, email: str, __: str) -> Any:
        with self._database.read() as connection:
            client = stored_clients.by_email(connection, email)
        if client is None:
            raise WrongPassword
        return client


@mutant(
    "functional/6.3.7-the-signup-form-leads-to-the-login-form/signup/login",
    "functional/6.3.7-the-login-form-leads-to-the-signup-form/login/signup",
    duty="faces-linked",
)
def other_form_loses_partner_id() -> None:
    """The link to the other form does not carry the parameters of the screen."""

    @instead_of(ScreenParameters, "other_face")
    def other_face(_: Any, __: ScreenParameters, *, signup: bool) -> str:
        return f"firstLogin={str(signup).lower()}"


@mutant("functional/6.3.8-ctrader-web-opens-from-the-client-area-with-the-user-logged-in", duty="web-opens")
def web_opens_without_token() -> None:
    """cTrader Web is opened without a one-time token."""

    @instead_of(UserCreation, "ctrader_web_url")
    def web_url(original: Any, *arguments: Any, **named: Any) -> Any:
        url = original(*arguments, **named)
        return url and url.replace("token=", "session=")


@mutant("functional/6.3.9-a-forgotten-password-is-reset", duty="password-reset")
def new_password_not_stored() -> None:
    """The reset ends well, and the old password stays."""

    @instead_of(Profile, "set_password")
    def set_password(*_: Any) -> None:
        return


@mutant("functional/6.3.6-a-further-trading-account", duty="account-added")
def further_account_not_linked() -> None:
    """A further trading account is opened and not linked."""

    @instead_of(UserCreation, "_link")
    def link(original: Any, self: UserCreation, account: Any, user_id: int) -> None:
        first = self._account(_owner(self, user_id))
        if first is None or not first.linked:
            original(self, account, user_id)
            return
        with self._database.write() as connection:
            stored_accounts.mark_linked(connection, account.id, None, self._clock.now_ms())

    def _owner(creation: UserCreation, user_id: int) -> int:
        with creation._database.read() as connection:
            client = stored_clients.by_user_id(connection, user_id)
        assert client is not None
        return client.id


@mutant(
    "functional/6.3.2-a-user-logs-in-with-e-mail-and-password",
    duty="logs-in",
    played=("functional/6.3.2-a-wrong*", "functional/6.3.1-a-new*"),
)
def log_in_ends_without_token() -> None:
    """A log-in of an existing user ends on a success URL whose one-time token was not stored."""
    seen: set[int] = set()

    @instead_of(UserCreation, "_one_time_token")
    def one_time_token(original: Any, self: UserCreation, client_id: int, **named: Any) -> Any:
        token = original(self, client_id, **named)
        known = client_id in seen
        seen.add(client_id)
        return token[::-1] if known else token


@mutant("attribution/flow-2/user/stage-03", duty="create-user")
def users_address_not_sent() -> None:
    """Call 3.2 lacks the e-mail address."""

    @instead_of(CTrader, "_call")
    def call(original: Any, self: CTrader, number: str, *rest: Any, **named: Any) -> Any:
        if number == "3.2":
            named["body"] = {key: value for key, value in named["body"].items() if key != "email"}
        return original(self, number, *rest, **named)
