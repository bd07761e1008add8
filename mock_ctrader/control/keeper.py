"""The sandboxes of a server: what the control API does with them, apart from HTTP."""

from typing import Any

from mock_ctrader import errors, ids
from mock_ctrader.clock import Clock, advanced
from mock_ctrader.control.known import known_sandbox
from mock_ctrader.errors import CTraderError
from mock_ctrader.journal import Event, Journal, Kind
from mock_ctrader.sandboxes import ACTIONS, ENVIRONMENT_NAMES, Sandbox, app_url, new_sandbox
from mock_ctrader.store import Store, Transaction, invites, sandboxes

# How many seeds are tried for a sandbox that was given none.
_SEEDS = 3
_COLUMNS = {
    "crmUrl": "crm_url",
    "loginUrl": "login_url",
    "successUrl": "success_url",
    "crmPassword": "crm_password",
    "strict": "strict",
    "hourlyLimit": "hourly_limit",
}

# A century, so that every moment has a four-digit year.
_FURTHEST_MS = 100 * 365 * 86_400_000


class Keeper:
    """Makes, changes and frees sandboxes."""

    def __init__(self, store: Store, journal: Journal, clock: Clock, base_url: str) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self.base_url = base_url

    def create(self, given: dict[str, Any]) -> Sandbox:
        """A complete new sandbox.

        Raises:
            CTraderError: 409 `SANDBOX_CONFLICT` naming the key and value that another sandbox has.
        """
        tries_left = 1 if given.get("seed") else _SEEDS
        while True:
            tries_left -= 1
            sandbox = new_sandbox(given, self.base_url)
            try:
                with self._store.write() as transaction:
                    transaction.hold_server()
                    _check_free(transaction, sandbox)
                    sandboxes.add(transaction, sandbox, self._clock.now_ms())
                    return sandbox
            except CTraderError:
                # The short name a seed leads to may be in use by chance; another seed has another.
                if not tries_left:
                    raise

    def create_ready(self, given: dict[str, Any]) -> Sandbox:
        """The sandbox that `serve` starts with: made now, or found in a kept state file by its brokerName."""
        try:
            return self.create(given)
        except CTraderError:
            with self._store.read() as transaction:
                found = sandboxes.by_broker_name(transaction, given["brokerNames"][0])
            if found is None:
                raise
        # The kept sandbox lives on, but this run's addresses are the ones that hold.
        here = {key: given[key] for key in _COLUMNS if key in given}
        success_url = f"{app_url(self.base_url, found.broker_names[0])}/success"
        return self.change(found.id, {"successUrl": success_url} | here)

    def all(self) -> list[Sandbox]:
        """Every sandbox, oldest first."""
        with self._store.read() as transaction:
            return sandboxes.all_sandboxes(transaction)

    def find(self, sandbox_id: str) -> Sandbox:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`."""
        with self._store.read() as transaction:
            return known_sandbox(transaction, sandbox_id)

    def change(self, sandbox_id: str, given: dict[str, Any]) -> Sandbox:
        """Change URLs, the CRM password, the disabled brokers, the limit or switches; the rest is fixed."""
        values = {_COLUMNS[key]: value for key, value in given.items() if key in _COLUMNS}
        with self._store.write() as transaction:
            known = known_sandbox(transaction, sandbox_id)
            if "switches" in given:
                values["switches"] = known.switches.as_dict() | given["switches"]
            if "actionUrls" in given:
                values["action_urls"] = known.action_urls | given["actionUrls"]
            sandboxes.change(transaction, sandbox_id, values, given.get("disabledBrokerNames"))
            return known_sandbox(transaction, sandbox_id)

    def delete(self, sandbox_id: str) -> None:
        """Free a sandbox and everything in it."""
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            sandboxes.remove(transaction, sandbox_id)

    def reset(self, sandbox_id: str) -> Sandbox:
        """Make a sandbox as new: its people, accounts, tokens, journeys, faults and journal are gone, its clock is
        the machine's; names, managers, URLs, switches and webhook settings stay."""
        happened = Event(kind=Kind.ACT, title="the sandbox was reset", details={"act": "reset"})
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            sandboxes.empty(transaction, sandbox_id)
            sandboxes.change(transaction, sandbox_id, {"clock_offset_ms": 0}, None)
            self._journal.append(transaction, sandbox_id, happened)
            sandbox = known_sandbox(transaction, sandbox_id)
        self._journal.announce()
        return sandbox

    def advance_clock(self, sandbox_id: str, milliseconds: int) -> Sandbox:
        """Advance a sandbox's clock.

        Raises:
            CTraderError: 409 `CLOCK_CONFLICT` if it would be more than `_FURTHEST_MS` ahead of the machine's; 404.
        """
        with self._store.write() as transaction:
            offset = known_sandbox(transaction, sandbox_id).clock_offset_ms + milliseconds
            if offset > _FURTHEST_MS:
                raise errors.clock_too_far(milliseconds, _FURTHEST_MS)
            sandboxes.change(transaction, sandbox_id, {"clock_offset_ms": offset}, None)
            invites.hasten(transaction, sandbox_id, milliseconds)
            happened = Event(
                kind=Kind.ACT,
                title=f"the clock was advanced by {milliseconds} ms",
                details={"act": "clock_advanced", "milliseconds": milliseconds},
            )
            self._journal.append(transaction, sandbox_id, happened)
            sandbox = known_sandbox(transaction, sandbox_id)
        self._journal.announce()
        return sandbox

    def clock(self, sandbox: Sandbox) -> dict[str, int]:
        """A sandbox's time in epoch milliseconds, and how far it is ahead of the machine's."""
        now = advanced(self._clock, sandbox.clock_offset_ms).now_ms()
        return {"now": now, "aheadMilliseconds": sandbox.clock_offset_ms}


def _check_free(transaction: Transaction, sandbox: Sandbox) -> None:
    for name in sandbox.broker_names:
        if (owner := sandboxes.by_broker_name(transaction, name)) is not None:
            raise errors.sandbox_conflict("brokerNames", name, owner.id)
    for manager in sandbox.managers:
        if (owner := sandboxes.by_manager(transaction, manager.login)) is not None:
            raise errors.sandbox_conflict("managerLogin", manager.login, owner.id)
    if (owner := sandboxes.find(transaction, ids.sandbox_id(sandbox.seed))) is not None:
        raise errors.sandbox_conflict("seed", sandbox.seed, owner.id)


def shown_sandbox(sandbox: Sandbox, base_url: str) -> dict[str, Any]:
    """A sandbox as the control API and the ready file show it, passwords included: it is the key to the mock."""
    return {
        "id": sandbox.id,
        "seed": sandbox.seed,
        "brokerCrmName": sandbox.broker_crm_name,
        "brokerNames": sandbox.broker_names,
        "managerLogin": sandbox.manager.login,
        "managerPassword": sandbox.manager.password,
        "groupName": sandbox.group_name,
        "crmUrl": sandbox.crm_url,
        "loginUrl": sandbox.login_url,
        "successUrl": sandbox.success_url,
        "crmPassword": sandbox.crm_password,
        "disabledBrokerNames": sandbox.manager.disabled_broker_names,
        "managers": [
            {
                "login": manager.login,
                "password": manager.password,
                "disabledBrokerNames": manager.disabled_broker_names,
            }
            for manager in sandbox.managers
        ],
        "strict": sandbox.strict,
        "hourlyLimit": sandbox.hourly_limit,
        "switches": sandbox.switches.as_dict(),
        "actionUrls": {action: sandbox.action_url(action) for action in ACTIONS},
        "environmentNames": ENVIRONMENT_NAMES,
        "appUrls": {name: app_url(base_url, name) for name in sandbox.broker_names},
    }
