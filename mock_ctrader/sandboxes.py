"""A sandbox is one broker's world: its CRM name, brokers, managers, URLs, switches and seed."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mock_ctrader import errors, ids
from mock_ctrader.switches import Switches

# Environment names are fixed by the vendor: section 3.4.
ENVIRONMENT_NAMES = ["demo", "live"]

# The InApp actions the application offers, with the path of each one's screen under the CRM base where the broker
# announced no other address: NEW's suggestion (section 5.2), and ours for a further trading account (6.3.6).
ACTIONS = {"deposit": "/inapp/deposit", "withdrawal": "/inapp/withdrawal", "account": "/account/new"}


@dataclass(frozen=True, slots=True)
class Manager:
    """The broker's back-office manager: section 2.2. `login` is unique on the server, because call 3.1 names
    no broker."""

    login: int
    password: str
    disabled_broker_names: list[str] = field(default_factory=list)

    @property
    def hashed_password(self) -> str:
        """MD5 in hexadecimal, the form call 3.1 carries."""
        return hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()

    def token(self, nth: int) -> str:
        """The nth token of call 3.1, counted from 1.

        It follows from the credentials alone: a token never expires (section 3.1), so a broker that keeps its
        token may go on with it when the mock is started anew.
        """
        return ids.uuid_token(f"{self.login}:{self.password}", "manager-token", nth)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One broker's world. Every vendor call is routed to it by the manager token.

    Attributes:
        manager: who acts: the manager of the call's token, otherwise the first.
        managers: all of them, in the order they were given.
        strict: whether leniencies are refused.
        hourly_limit: how many requests that are not GET a token has per hour; None is no limit.
        action_urls: the screens of InApp actions that are elsewhere than `ACTIONS` says.
        faulty: whether faults are planted that may still hit something.
        clock_offset_ms: by how much its clock was advanced against the machine's, in milliseconds.
    """

    id: str
    seed: str
    broker_crm_name: str
    broker_names: list[str]
    group_name: str
    crm_url: str
    crm_password: str
    login_url: str
    success_url: str
    manager: Manager
    managers: list[Manager] = field(default_factory=list)
    strict: bool = False
    hourly_limit: int | None = None
    switches: Switches = field(default_factory=Switches)
    action_urls: dict[str, str] = field(default_factory=dict)
    faulty: bool = False
    clock_offset_ms: int = 0

    def action_url(self, action: str) -> str:
        """The address of an InApp action's screen."""
        return self.action_urls.get(action) or self.crm_url.rstrip("/") + ACTIONS[action]


# Where the bundled reference broker listens unless told otherwise.
DEFAULT_BROKER_URL = "http://127.0.0.1:8090"
READY = {
    "brokerCrmName": "BESTBROKERCRM",
    "brokerNames": ["BESTBROKER"],
    "managerLogin": 2309,
    "managerPassword": "password",
}


def new_sandbox(given: dict[str, Any], base_url: str) -> Sandbox:
    """A sandbox with the given values (under the control API's keys); whatever is missing follows the seed.

    Args:
        given: any of brokerCrmName, brokerNames, managerLogin, managerPassword, groupName, crmUrl, loginUrl,
            successUrl, crmPassword, disabledBrokerNames, managers, strict, hourlyLimit, switches, actionUrls,
            seed.
        base_url: where this server is reached.

    Raises:
        CTraderError: 409 `SANDBOX_CONFLICT` if two of its managers have the same login.
    """
    seed = given.get("seed") or ids.random_seed()
    suffix = ids.suffix(seed)
    broker_names = given.get("brokerNames") or [f"BESTBROKER-{suffix}"]
    crm_url = given.get("crmUrl") or DEFAULT_BROKER_URL
    managers = _managers(given, seed)
    return Sandbox(
        id=ids.sandbox_id(seed),
        seed=seed,
        broker_crm_name=given.get("brokerCrmName") or f"BESTBROKERCRM-{suffix}",
        broker_names=broker_names,
        group_name=given.get("groupName") or "Default",
        crm_url=crm_url,
        crm_password=given.get("crmPassword") or ids.secret(seed, "crm"),
        login_url=given.get("loginUrl") or f"{crm_url.rstrip('/')}/auth/login",
        success_url=given.get("successUrl") or f"{app_url(base_url, broker_names[0])}/success",
        manager=managers[0],
        managers=managers,
        strict=given.get("strict", False),
        hourly_limit=given.get("hourlyLimit"),
        switches=Switches.of(given.get("switches", {})),
        action_urls=dict(given.get("actionUrls", {})),
    )


def _managers(given: dict[str, Any], seed: str) -> list[Manager]:
    """The managers; managerLogin, managerPassword and disabledBrokerNames describe the first of them."""
    first = {
        "login": given.get("managerLogin"),
        "password": given.get("managerPassword"),
        "disabledBrokerNames": given.get("disabledBrokerNames"),
    }
    listed = list(given.get("managers") or [{}])
    listed[0] = listed[0] | {key: value for key, value in first.items() if value is not None}
    managers: list[Manager] = []
    for nth, values in enumerate(listed):
        own = f"{seed}:{nth}" if nth else seed
        manager = Manager(
            login=values.get("login") or ids.manager_login(own),
            password=values.get("password") or ids.secret(own, "manager"),
            disabled_broker_names=values.get("disabledBrokerNames") or [],
        )
        if any(other.login == manager.login for other in managers):
            raise errors.sandbox_conflict("managers", manager.login, "this one")
        managers.append(manager)
    return managers


def app_url(base_url: str, broker_name: str) -> str:
    """Where the application of a broker is reached; no vendor path."""
    return f"{base_url}/app/{quote(broker_name, safe='')}"


def check_crm(sandbox: Sandbox, broker_crm_name: str) -> None:
    """Hold a call to the manager's own CRM: E-11.

    Raises:
        CTraderError: 404 `CH_BROKER_NOT_FOUND` if the name is not this sandbox's (case-sensitive, section
            2.3); 403 `CH_INSUFFICIENT_PERMISSIONS` if a broker of the CRM is disabled for the manager.
    """
    if broker_crm_name != sandbox.broker_crm_name:
        raise errors.broker_not_found(broker_crm_name, sandbox.broker_crm_name)
    check_permissions(sandbox)


def check_permissions(sandbox: Sandbox) -> None:
    """Section 9: one disabled brokerName under the CRM is enough to refuse the manager.

    Raises:
        CTraderError: 403 `CH_INSUFFICIENT_PERMISSIONS`.
    """
    disabled = [name for name in sandbox.broker_names if name in sandbox.manager.disabled_broker_names]
    if disabled:
        raise errors.insufficient_permissions(disabled, sandbox.manager.login)


def check_broker_name(sandbox: Sandbox, broker_name: str | None) -> str:
    """The broker a trading account belongs to: the first of the CRM if none is named (section 3.3, OLD).

    Raises:
        CTraderError: 400 `CH_PLANT_INVALID` for a name that is not one of this CRM's; 403 as above.
    """
    check_permissions(sandbox)
    if broker_name is None:
        return sandbox.broker_names[0]
    if broker_name not in sandbox.broker_names:
        raise errors.plant_invalid(broker_name, sandbox.broker_names)
    return broker_name
