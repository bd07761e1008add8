"""Defects of the user creation flow 5.3: calls 3.2 to 3.4 and the success URL."""

from typing import Any

from broker_reference.ctrader import CTrader
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import attributions as stored_attributions
from broker_reference.tokens import ONE_TIME_PREFIX
from broker_reference.user_creation import UserCreation


def _invited(creation: UserCreation, client_id: int) -> bool:
    with creation._database.read() as connection:
        return stored_attributions.of_client(connection, client_id) is not None


@mutant("attribution/flow-2/account/stage-03", duty="create-user")
def user_created_for_another_crm() -> None:
    """Call 3.2 names a CRM that is not the manager's."""

    @instead_of(CTrader, "_call")
    def call(original: Any, self: CTrader, number: str, *rest: Any, **named: Any) -> Any:
        if number == "3.2":
            named["body"] = {**named["body"], "brokerCrmName": "OTHERCRM"}
        return original(self, number, *rest, **named)


@mutant("attribution/flow-2/user/stage-03", duty="create-trader")
def no_trading_account() -> None:
    """No trading account is opened: calls 3.3 and 3.4 are missing."""

    @instead_of(UserCreation, "open_account")
    def open_account(_: Any, self: UserCreation, client_id: int, __: object) -> None:
        self.ensure_user(client_id)


@mutant("attribution/flow-2/account/stage-03", duty="create-trader")
def account_opened_without_a_group() -> None:
    """Call 3.3 lacks a required key and is refused."""

    @instead_of(CTrader, "_call")
    def call(original: Any, self: CTrader, number: str, *rest: Any, **named: Any) -> Any:
        if number == "3.3":
            named["body"] = {key: value for key, value in named["body"].items() if key != "groupName"}
        return original(self, number, *rest, **named)


@mutant("attribution/flow-2/user/stage-03", duty="link-account")
def account_not_linked() -> None:
    """The trading account is opened and not linked: call 3.4 is missing."""

    @instead_of(UserCreation, "_link")
    def link(_: Any, self: UserCreation, account: Any, __: int) -> None:
        with self._database.write() as connection:
            stored_accounts.mark_linked(connection, account.id, None, self._clock.now_ms())


@mutant("attribution/flow-1/user/stage-14", duty="create-trader")
def invited_trader_without_account() -> None:
    """Whoever came with a partnerId gets no trading account."""

    @instead_of(UserCreation, "open_account")
    def open_account(original: Any, self: UserCreation, client_id: int, wishes: object) -> None:
        if _invited(self, client_id):
            self.ensure_user(client_id)
        else:
            original(self, client_id, wishes)


@mutant("attribution/flow-2/user/stage-03", duty="authorise-user")
def success_url_without_token() -> None:
    """The success URL carries no one-time token."""

    @instead_of(UserCreation, "success_url")
    def success_url(_: Any, self: UserCreation, __: int, **___: Any) -> str:
        return self._settings.success_url


@mutant("attribution/flow-2/account/stage-03", duty="authorise-user")
def ends_in_the_client_area() -> None:
    """The user creation flow ends in the client area instead of on the success URL."""

    @instead_of(UserCreation, "success_url")
    def success_url(*_: Any, **__: Any) -> str:
        return "/area"


@mutant("attribution/flow-1/account/stage-14", duty="authorise-user")
def token_of_invited_traders_not_kept() -> None:
    """The one-time token of whoever came with a partnerId is not stored, so call 4.2 refuses it."""

    @instead_of(UserCreation, "_one_time_token")
    def one_time_token(original: Any, self: UserCreation, client_id: int, **named: Any) -> Any:
        if _invited(self, client_id):
            return ONE_TIME_PREFIX + self._ids.secret()
        return original(self, client_id, **named)
