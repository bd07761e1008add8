"""How schemathesis is set up: every check on, the same cases every time, values that exist now and then.

Ids and tokens follow from a sandbox's seed, so they are known before any server runs.
"""

import os
from typing import Any

import hypothesis
import schemathesis
from schemathesis.config import SchemathesisConfig

from mock_ctrader import ids
from mock_ctrader.resources import resource
from mock_ctrader.sandboxes import Manager
from tests.support import TIMEOUT, Broker, ControlApi, md5

SEED = "fuzz"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
STATEFUL_RUNS = int(os.environ.get("FUZZ_STATEFUL_RUNS", "12"))
WORLD = {
    "brokerCrmName": "FUZZCRM",
    "brokerNames": ["FUZZBROKER"],
    "managerLogin": 77,
    "managerPassword": "password",
    "groupName": "Default",
    "seed": SEED,
}
TOKEN = Manager(77, "password").token(1)
USER = ids.number(SEED, "user", 1)
LOGINS = [ids.number(SEED, "trader", nth) for nth in (1, 2)]
ACCOUNT = ids.number(SEED, "link", 1)
HASH = md5(Broker.PASSWORD)

# Data that fits the document may still be refused for the state of things.
_ACCEPTED = ["2xx", "401", "403", "404", "409"]
_BUSINESS_400 = (
    "changeBalance",
    "changeBonus",
    "changeEmail",
    "changePassword",
    "createCtid",
    "listTraders",
    "patchTrader",
    "putTrader",
    "setInAppControls",
    "createTrader",
    "createUser",
    "linkAccount",
    "setPartnerIdentifier",
    "getPartnerIdentifier",
    "deletePartnerIdentifier",
)
# What no schema can say, and INVALID_REQUEST says: ids and keys that do not go together, days no calendar has.
_REFUSED_FOR_STATE = (
    "does not belong to",
    "is an Apple relay address",
    "the path has",
    "at least one of the two is required",
    "exactly one of urlExternal and urlinApp",
    "must be a moment",
)
_REJECTED = ["400", "401", "403", "404", "405", "406", "409", "413", "415"]


def fresh_world(control: ControlApi) -> None:
    """The sandbox as it was before: freed, made anew from its seed, with one user, two traders, one link."""
    known = control.http.get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"]
    for sandbox in known:
        if sandbox["brokerCrmName"] != "BESTBROKERCRM":
            control.delete(sandbox["id"])
    sandbox = control.create(**WORLD)
    broker = Broker(control.url.removesuffix("/control"), sandbox)
    made = (
        broker.token,
        broker.new_user(email="known@example.net"),
        [broker.create_trader().json()["login"] for _ in LOGINS],
        broker.link_account(USER, LOGINS[0]).json()["ctidTraderAccountId"],
    )
    assert made == (TOKEN, USER, LOGINS, ACCOUNT)


def _expect(operations: tuple[str, ...], statuses: list[str], check: str) -> list[dict[str, Any]]:
    return [
        {"include-operation-id": name, "checks": {check: {"expected-statuses": statuses}}} for name in operations
    ]


def _known(dictionary: str, probability: float) -> dict[str, Any]:
    return {"dictionary": dictionary, "probability": probability}


def load(name: str) -> Any:
    """A document with its configuration."""
    operations: list[dict[str, Any]] = []
    auth: dict[str, Any] = {"auto-signup": False}
    parameters: dict[str, Any] = {}
    if name == "ctrader":
        operations = _expect(_BUSINESS_400, [*_ACCEPTED, "400"], "positive_data_acceptance")
        auth["openapi"] = {"managerToken": {"api_key": TOKEN}}
        parameters = {
            f"{place}.{key}": _known(dictionary, probability)
            for place, key, dictionary, probability in (
                ("query", "brokerCrmName", "crm", 0.8),
                ("query", "userId", "user", 0.6),
                ("query", "ctidTraderAccountId", "account", 0.6),
                ("body", "brokerCrmName", "crm", 0.8),
                ("body", "userId", "user", 0.6),
                ("body", "ctidTraderAccountId", "account", 0.6),
                ("body", "traderLogin", "login", 0.6),
                ("body", "traderPasswordHash", "hash", 0.8),
                ("body", "brokerName", "broker", 0.9),
                ("body", "groupName", "group", 0.9),
                ("body", "environmentName", "environment", 0.9),
                ("path", "login", "login", 0.8),
                ("body", "login", "login", 0.6),
            )
        }
    elif name == "broker":
        # 410 and 417 are verdicts on the one-time or access token, not on the form of the request (E-20)
        verdicts = ("authorizeOneTimeToken", "authorizeAccessToken", "logOut")
        operations = _expect(verdicts, [*_ACCEPTED, "410", "417"], "positive_data_acceptance")
        for operation in operations:
            operation["checks"]["negative_data_rejection"] = {"expected-statuses": [*_REJECTED, "417"]}
        # a brokerName or a pair of users that fits the document may still be nobody's
        operations += _expect(
            ("receiveAttribution", "receiveNewUser"), [*_ACCEPTED, "400"], "positive_data_acceptance"
        )
        parameters = {"body.brokerName": _known("reference", 0.8)}
    else:
        parameters = {"query.wait": 0}
        # a list whose entries were all removed is still there, and empty
        operations = [{"include-operation-id": "listFaults", "checks": {"use_after_free": {"enabled": False}}}]
    config = {
        "seed": 20261122,
        "operations": operations,
        "auth": auth,
        "request-timeout": 20,
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        "dictionaries": {
            "crm": {"values": ["FUZZCRM"]},
            "broker": {"values": ["FUZZBROKER"]},
            "reference": {"values": ["BESTBROKER"]},
            "group": {"values": ["Default"]},
            "environment": {"values": ["demo"]},
            "user": {"values": [USER]},
            "account": {"values": [ACCOUNT]},
            "login": {"values": LOGINS},
            "hash": {"values": [HASH]},
        },
        "parameters": parameters,
    }
    return schemathesis.openapi.from_path(
        resource("openapi") / f"{name}.yaml", config=SchemathesisConfig.from_dict(config)
    )


@schemathesis.deserializer("text/plain")
def plain_text(_context: Any, response: Any) -> str:
    """Empty answers are text/plain of length zero; without this their length would go unchecked."""
    return str(response.content.decode())


@schemathesis.check
def refused_for_its_state_only(_context: Any, response: Any, case: Any) -> None:
    """Data that fits the document is never refused for its form."""
    fits = case.meta is not None and case.meta.generation.mode.is_positive
    if not fits or response.status_code != 400:
        return
    name = case.operation.definition.raw.get("operationId")
    if name in _BUSINESS_400:
        error = response.json()["error"]
        allowed = _REFUSED_FOR_STATE
        if error["errorCode"] == "INVALID_REQUEST" and not any(one in error["description"] for one in allowed):
            raise AssertionError(f"fits the document, but: {error['description']}")


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """JSON Schema counts 5.0 as an integer; the vendor's calls do not (E-26)."""
    return _plain_numbers(body)


def _plain_numbers(node: Any) -> Any:
    if isinstance(node, float) and node.is_integer() and abs(node) < 2**63:
        return int(node)
    if isinstance(node, dict):
        return {key: _plain_numbers(value) for key, value in node.items()}
    return [_plain_numbers(value) for value in node] if isinstance(node, list) else node


class Count:
    """How many requests the fuzzer made in this process."""

    made = 0


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Count, and do not wait: the journal holds an empty answer back for as many seconds as it is told."""
    Count.made += 1
    query = case.query or {}
    if query.get("wait") in range(1, 31) or str(query.get("wait")).isdigit():
        case.query["wait"] = 0


STATELESS = hypothesis.settings(deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
STATEFUL = hypothesis.settings(
    deadline=None,
    max_examples=STATEFUL_RUNS,
    stateful_step_count=8,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate],
)
