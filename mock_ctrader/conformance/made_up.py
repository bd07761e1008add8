"""Requests made up from the contract of calls 4.x by schemathesis: the same ones in every run."""

from dataclasses import dataclass, field
from typing import Any

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.crm_client import PATHS, CrmClient
from mock_ctrader.conformance.throttling import Patience
from mock_ctrader.resources import resource

_EXAMPLES = 40


@dataclass
class MadeUp:
    """What came of them: exchanges with a server error; answers that depart from the contract, with why."""

    count: int = 0
    server_errors: list[dict[str, Any]] = field(default_factory=list)
    departures: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def make_up(call: str, crm_url: str, crm: CrmClient) -> MadeUp:
    """Make up requests for a call, half of them against the contract, and send them.

    Args:
        call: "4.1" to "4.5".

    Raises: Unreachable: the broker did not answer. Throttled: it answered 429, however long one waited.
    """
    # heavy, and needed by nobody else
    import hypothesis
    import requests
    import schemathesis
    import yaml
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import response_schema_conformance

    document = yaml.safe_load((resource("openapi") / "broker.yaml").read_text(encoding="utf-8"))
    operation = schemathesis.openapi.from_dict(document)[PATHS[call]]["POST"]
    token = None if call == "4.1" else crm.token()
    session = requests.Session()
    session.trust_env = False
    session.headers["Connection"] = "close"
    made_up = MadeUp()

    def send(case: Any) -> None:
        if token is not None:
            case.query = {**(case.query or {}), "crmApiToken": token}
        patience, again = Patience(f"POST {crm_url.rstrip('/')}{PATHS[call]}"), True
        while again:
            try:
                response = case.call(base_url=crm_url, session=session, timeout=20)
            except requests.RequestException as problem:
                raise Unreachable(f"call {call} to {crm_url}: {type(problem).__name__}") from problem
            again = patience.again(response.status_code, next(iter(response.headers.get("retry-after", [])), None))
        made_up.count += 1
        body = case.body if isinstance(case.body, dict | list | str | int | float | bool) else repr(case.body)
        exchange = crm.trace.add(
            "POST", response.request.url, body, response.status_code, response.text, call=call
        )
        if response.status_code >= 500:
            made_up.server_errors.append(exchange)
        elif response.status_code < 300:
            # the form of a refusal is not the vendor's word (E-2), that of a success is
            try:
                case.validate_response(response, checks=[response_schema_conformance])
            except schemathesis.errors.FailureGroup as group:
                made_up.departures += [(str(getattr(one, "title", one)), exchange) for one in group.exceptions]

    for mode in GenerationMode:
        hypothesis.settings(
            max_examples=_EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )(hypothesis.given(operation.as_strategy(generation_mode=mode))(send))()
    return made_up
