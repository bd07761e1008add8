"""Defects of call 3.6: flow 1 stage 4, flow 2 stage 5."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from broker_reference.context import broker
from broker_reference.ctrader import CTrader, CTraderError
from broker_reference.mutants.odd import mint_as
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.partners import Level, Target
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import clients as stored_clients
from broker_reference.user_creation import UserCreation

_TIMEOUT_S = 10.0


def _send(change: Callable[[str], str]) -> None:
    @instead_of(CTrader, "set_partner_identifier")
    def send(original: Any, self: CTrader, partner_id: str, target: Target) -> None:
        original(self, change(partner_id), target)


def _with_body(change: Callable[[CTrader, dict[str, Any]], dict[str, Any]]) -> None:
    @instead_of(CTrader, "_call")
    def call(original: Any, self: CTrader, number: str, *rest: Any, **named: Any) -> Any:
        if number == "3.6":
            named["body"] = change(self, named["body"])
        return original(self, number, *rest, **named)


def _at(method: str, path: str) -> None:
    @instead_of(CTrader, "_call")
    def call(original: Any, self: CTrader, number: str, *rest: Any, **named: Any) -> Any:
        return original(self, number, *((method, path) if number == "3.6" else rest), **named)


def _aim(choose: Callable[[Connection, int, Target], Target]) -> None:
    @instead_of(PartnerProgramme, "_mint_and_set")
    def mint_and_set(
        original: Any, self: PartnerProgramme, connection: Connection, client_id: int, level: Level, target: Target
    ) -> None:
        original(self, connection, client_id, level, choose(connection, client_id, target))


# the identifier


@mutant("attribution/flow-1/user/stage-04", duty="set-sent")
def never_sent() -> None:
    """Call 3.6 is never made."""

    @instead_of(CTrader, "set_partner_identifier")
    def send(*_: Any) -> None:
        return


@mutant("attribution/flow-2/account/stage-05", duty="set-sent")
def not_sent_for_existing_partners() -> None:
    """An existing partner gets a new identifier, and cTrader is not told."""

    @instead_of(CTrader, "set_partner_identifier")
    def send(*_: Any) -> None:
        return


@mutant("attribution/flow-1/user/stage-04", duty="set-keys")
def sent_without_partner_id() -> None:
    """Call 3.6 has no partnerId."""
    _with_body(lambda _, body: {key: value for key, value in body.items() if key != "partnerId"})


@mutant("attribution/flow-1/account/stage-04", duty="set-partner-id")
def sent_in_lower_case() -> None:
    """Call 3.6 carries the identifier in lower case."""
    _send(str.lower)


@mutant("attribution/flow-2/user/stage-05", duty="set-partner-id")
def sent_trimmed() -> None:
    """Call 3.6 carries the identifier without the blanks at its ends."""
    mint_as(lambda plain: f" {plain} ")
    _send(str.strip)


@mutant("attribution/flow-1/user/stage-04", duty="set-partner-id")
def sent_percent_encoded() -> None:
    """Call 3.6 carries the identifier as it is in the link, percent-encoded."""
    mint_as(lambda plain: f"{plain}/ü")
    _send(lambda partner_id: quote(partner_id, safe=""))


@mutant("attribution/flow-2/account/stage-05", duty="set-partner-id")
def sent_with_plus_as_space() -> None:
    """Call 3.6 carries a space where the identifier has a +."""
    mint_as(lambda plain: plain.replace("-", "+"))
    _send(lambda partner_id: partner_id.replace("+", " "))


@mutant("attribution/flow-1/account/stage-04", duty="set-partner-id")
def sent_truncated() -> None:
    """Call 3.6 carries the first eight characters of the identifier."""
    _send(lambda partner_id: partner_id[:8])


@mutant("attribution/flow-1/user/stage-04", duty="set-partner-id")
def sent_first_partners_identifier() -> None:
    """Call 3.6 carries the identifier of the first partner for all others too."""
    first: list[str] = []

    def choose(partner_id: str) -> str:
        first.append(partner_id)
        return first[0]

    _send(choose)


# the target


@mutant("attribution/flow-1/account/stage-04", duty="set-level")
def account_partner_set_at_user_level() -> None:
    """Call 3.6 names the userId of somebody who is a partner at account level."""

    def choose(connection: Connection, client_id: int, target: Target) -> Target:
        user_id = stored_clients.existing(connection, client_id).user_id
        return target if user_id is None else Target("userId", user_id)

    _aim(choose)


@mutant("attribution/flow-2/user/stage-05", duty="set-level")
def user_partner_set_at_account_level() -> None:
    """Call 3.6 names the ctidTraderAccountId of somebody who is a partner at user level."""

    def choose(connection: Connection, client_id: int, target: Target) -> Target:
        account = stored_accounts.of_client(connection, client_id)
        linked = None if account is None else account.ctid_trader_account_id
        return target if linked is None else Target("ctidTraderAccountId", linked)

    _aim(choose)


@mutant("attribution/flow-1/account/stage-04", duty="set-target")
def login_instead_of_account_id() -> None:
    """Call 3.6 names the login of the account as ctidTraderAccountId."""

    def choose(connection: Connection, client_id: int, target: Target) -> Target:
        account = stored_accounts.of_client(connection, client_id)
        return target if account is None else Target("ctidTraderAccountId", account.login)

    _aim(choose)


@mutant("attribution/flow-1/user/stage-04", duty="set-target")
def internal_id_instead_of_user_id() -> None:
    """Call 3.6 names the broker's own number of the client as userId."""
    _aim(lambda _, client_id, __: Target("userId", client_id))


@mutant("attribution/flow-1/user/stage-04", duty="set-target")
def another_users_id() -> None:
    """Call 3.6 names the first partner's userId for all others too."""
    first: list[Target] = []

    def choose(_: Connection, __: int, target: Target) -> Target:
        first.append(target)
        return first[0]

    _aim(choose)


@mutant("attribution/flow-2/account/stage-05", duty="set-target")
def another_users_account() -> None:
    """Call 3.6 names the first partner's account for all others too."""
    first: list[Target] = []

    def choose(_: Connection, __: int, target: Target) -> Target:
        first.append(target)
        return first[0]

    _aim(choose)


# the call itself


@mutant("attribution/flow-1/account/stage-04", duty="set-crm-name")
def broker_name_instead_of_crm_name() -> None:
    """Call 3.6 has the brokerName where the brokerCrmName belongs."""
    _with_body(lambda self, body: {**body, "brokerCrmName": self._settings.broker_name})


@mutant("attribution/flow-2/user/stage-05", duty="set-crm-name")
def crm_name_in_lower_case() -> None:
    """Call 3.6 has the brokerCrmName in lower case."""
    _with_body(lambda _, body: {**body, "brokerCrmName": body["brokerCrmName"].lower()})


@mutant("attribution/flow-1/user/stage-04", duty="set-address")
def posted_instead_of_put() -> None:
    """Call 3.6 is made with POST."""
    _at("POST", "/cid/oauth2/ctid/referral")


@mutant("attribution/flow-2/account/stage-05", duty="set-address")
def sent_to_another_path() -> None:
    """Call 3.6 is made to a path that no edition of the vendor's document has."""
    _at("PUT", "/v2/oauth2/ctid/setReferral")


@mutant("attribution/flow-1/user/stage-04", duty="set-token")
def token_in_a_header() -> None:
    """Call 3.6 shows its token in the Authorization header."""

    @instead_of(CTrader, "_send")
    def send(original: Any, self: CTrader, number: str, method: str, path: str, query: Any, body: Any) -> Any:
        if number != "3.6":
            return original(self, number, method, path, query, body)
        headers = {"Authorization": f"Bearer {query['token']}"}
        answer = self._session().request(method, self._base + path, json=body, headers=headers, timeout=_TIMEOUT_S)
        if not answer.ok:
            raise CTraderError(number, answer.status_code, "REFUSED", "refused")
        return {}


@mutant("attribution/flow-1/account/stage-04", duty="set-token")
def token_in_the_body() -> None:
    """Call 3.6 shows its token among the keys of the body."""

    @instead_of(CTrader, "_send")
    def send(original: Any, self: CTrader, number: str, method: str, path: str, query: Any, body: Any) -> Any:
        if number == "3.6":
            query, body = {}, {**body, "token": query["token"]}
        return original(self, number, method, path, query, body)


# when, and how often


@mutant("attribution/flow-2/user/stage-05", duty="set-not-early", verdict="warn")
def sent_before_the_flow_is_complete() -> None:
    """Call 3.6 is made as soon as the account is linked, before call 4.2."""

    @instead_of(UserCreation, "success_url")
    def success_url(original: Any, self: UserCreation, client_id: int, **named: Any) -> Any:
        with broker().database.write() as connection:
            broker().programme.settle_after_authorisation(connection, client_id)
        broker().outbox.deliver_due()
        return original(self, client_id, **named)


@mutant("attribution/flow-1/user/stage-04", duty="set-once")
def repeated_with_another_identifier() -> None:
    """Call 3.6 is repeated at once with an identifier that no link carries."""

    @instead_of(CTrader, "set_partner_identifier")
    def send(original: Any, self: CTrader, partner_id: str, target: Target) -> None:
        original(self, partner_id, target)
        original(self, f"{partner_id}-2", target)


@mutant("attribution/flow-1/account/stage-04", duty="set-only-once", verdict="warn")
def set_to_another_identifier_first() -> None:
    """Call 3.6 sets a provisional identifier, and the right one right afterwards."""

    @instead_of(CTrader, "set_partner_identifier")
    def send(original: Any, self: CTrader, partner_id: str, target: Target) -> None:
        original(self, "PENDING-" + partner_id, target)
        original(self, partner_id, target)
