"""The browser adapter on the reference broker: nothing but the declaration beside this file."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Surroundings
from mock_ctrader.conformance.adapters.browser import BrowserAdapter
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import FLOW_TITLES, STAGES_PER_FLOW, Level
from mock_ctrader.links import parameter
from mock_ctrader.processes import MockProcess

_DECLARED = Path(__file__).parent / "reference_broker.toml"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The reference broker, behind a browser."""
    table = tomllib.loads(_DECLARED.read_text(encoding="utf-8"))["adapter"]
    with MockProcess.start("--with-reference-broker") as mock:
        sandbox = mock.ready["sandbox"]
        around = Surroundings(mock.ready["brokerUrl"], sandbox["successUrl"], lambda _: {}, Trace(), patience=10.0)
        adapter = BrowserAdapter(table, around)
        yield Bench(mock.ready["baseUrl"], sandbox, adapter, patience=10.0)
        adapter.close()


def test_declaration_is_short() -> None:
    assert len(_DECLARED.read_text(encoding="utf-8").splitlines()) <= 30


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("flow", list(FLOW_TITLES))
def test_flow_is_played_to_its_end(bench: Bench, flow: int, level: Level) -> None:
    verdicts = judge(Drive(bench, flow, level).run())

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * STAGES_PER_FLOW, [one.reason for one in verdicts]


def test_user_logs_in_at_the_screen_and_opens_web(bench: Bench) -> None:
    person, app = fresh_person("user"), AppClient(bench.app_url)
    trace = bench.adapter.surroundings.trace
    mark = trace.mark()
    app.finish(bench.adapter.sign_up(person, app.open_sign_in(first_login=True)))

    again = bench.adapter.log_in_at_screen(person, app.open_sign_in(first_login=False))
    web = bench.adapter.open_web(person)

    assert app.finish(again)[0]
    tokens = {parameter(url, "token") for url in (again, web)}
    assert None not in tokens
    assert len(tokens) == 2
    kept = json.dumps(trace.since(mark))
    assert person.email in kept
    assert not [secret for secret in (person.password, *tokens) if secret in kept]


def test_refused_log_in_quotes_the_page(bench: Bench) -> None:
    with pytest.raises(AdapterError, match=r"log_in\[1\].click.*answered 400.*Address and password do not match"):
        bench.adapter.referral_link(fresh_person("nobody"))


def test_verb_that_is_not_declared_is_not_offered(bench: Bench) -> None:
    assert not bench.adapter.offers("deposit")
    assert bench.adapter.offers("list_opens_without_login")
    with pytest.raises(NotOffered, match="deposit"):
        bench.adapter.deposit(fresh_person("user"), bench.sandbox["loginUrl"], "10")
