"""The steps of the plan crm-api below the calls' meaning: missing keys, broken bodies, made-up requests, TLS."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from pytest_bdd import parsers, then, when

from mock_ctrader.conformance.crm_client import CrmClient
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.made_up import MadeUp, make_up
from mock_ctrader.conformance.steps.crm_api import Asked, require_refusal

_TIMEOUT = (5.0, 20.0)


def _query(call: str, crm: CrmClient) -> dict[str, str | None]:
    return {} if call == "4.1" else {"crmApiToken": crm.token()}


@when(parsers.re(r"cTrader makes call (?P<call>4\.\d) without the key (?P<key>\w+)"))
def without_key(call: str, key: str, crm: CrmClient, asked: Asked) -> None:
    """An empty object as body."""
    del key  # the body has no key at all
    asked.answers.append(crm.ask(call, {}, **_query(call, crm)))


@when(parsers.re(r"cTrader makes call (?P<call>4\.\d) with a body that is no JSON"))
def broken_json(call: str, crm: CrmClient, asked: Asked) -> None:
    """Half an object as body."""
    asked.answers.append(crm.ask(call, '{"password": ', **_query(call, crm)))


@then("the broker answers 400 to the call")
def answered_400(asked: Asked, findings: Findings) -> None:
    require_refusal(findings, "crm-refuses-malformed", asked.last, "a malformed call was not refused")
    findings.require(
        "crm-malformed-status",
        asked.last.status == 400,
        reason="a malformed call was refused with another status than 400",
        expected="400",
        seen=asked.last.describe(),
    )


@when(
    parsers.re(r"many requests for call (?P<call>4\.\d) are made up from the contract"), target_fixture="made_up"
)
def many_requests(call: str, crm: CrmClient, bench: Bench) -> MadeUp:
    """By schemathesis, the same ones every time."""
    return make_up(call, bench.sandbox["crmUrl"], crm)


@then("the broker never fails with a server error")
def no_server_error(made_up: MadeUp, findings: Findings) -> None:
    findings.require(
        "crm-no-server-error",
        not made_up.server_errors,
        reason=f"{len(made_up.server_errors)} of {made_up.count} requests made the server fail",
        expected="no status from 500 on",
        seen=", ".join(sorted({str(one["status"]) for one in made_up.server_errors})),
        evidence=made_up.server_errors[:3],
    )


@then("the broker's answers keep to the contract")
def keeps_contract(made_up: MadeUp, findings: Findings) -> None:
    findings.require(
        "crm-contract",
        not made_up.departures,
        reason=made_up.departures[0][0] if made_up.departures else "",
        expected="openapi/broker.yaml",
        seen=f"{len(made_up.departures)} of {made_up.count} answers depart from it",
        evidence=[exchange for _, exchange in made_up.departures[:3]],
    )


# 6.1.8 and 6.1.9


def _over_tls(bench: Bench, findings: Findings) -> str:
    url = str(bench.sandbox["crmUrl"])
    if not url.startswith("https:"):
        findings.skip("plain-http", f"crm_url is {url}; encryption is judged where it is https")
    return url


@when("the broker's address is tried without encryption", target_fixture="tried")
def try_plain(bench: Bench, findings: Findings) -> Any:
    """Plain HTTP to the same host and port."""
    parts = urlsplit(_over_tls(bench, findings))
    try:
        return requests.post(urlunsplit(parts._replace(scheme="http")), timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as problem:
        return problem


@then("there is no answer")
def no_answer(tried: Any, findings: Findings) -> None:
    # a web server that tells "this is an HTTPS port" answers 400; it serves nothing
    served = isinstance(tried, requests.Response) and tried.status_code < 400 and not tried.is_redirect
    findings.require(
        "https-only",
        not served,
        reason="the broker answers without encryption",
        expected="no answer, or a refusal",
        seen=str(tried.status_code) if isinstance(tried, requests.Response) else None,
    )


@when("the broker's address is tried with encryption", target_fixture="tried")
def try_encrypted(bench: Bench, findings: Findings) -> Any:
    """The certificate is checked against the machine's own authorities."""
    try:
        return requests.get(_over_tls(bench, findings), timeout=_TIMEOUT, allow_redirects=False, verify=True)
    except requests.exceptions.SSLError as problem:
        return problem


@then("the certificate is accepted")
def certificate_valid(tried: Any, findings: Findings) -> None:
    findings.require(
        "certificate-valid",
        isinstance(tried, requests.Response),
        reason=f"the certificate is not accepted: {tried}",
        expected="a valid certificate",
    )
