"""Each format says the same of the same run, and holds what is out to break it."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from rich.console import Console

from mock_ctrader.cli import main
from mock_ctrader.conformance.reports import FILES, cucumber, html, junit, markdown
from mock_ctrader.conformance.reports.model import fold
from mock_ctrader.conformance.reports.reporter import SUMMARY_VARIABLE, Reporter
from mock_ctrader.evidence.curl import curl
from tests.reports.samples import FAILED_STAGE, FINISHED, HOSTILE, STARTED, exchange, journey, run_events

_ORDER = ["properties", "skipped", "error", "failure", "system-out"]


def spoiled(value: Any, key: str = "") -> Any:
    """Every free text of an event made hostile."""
    kept = {
        "type",
        "id",
        "verdict",
        "plan",
        "level",
        "kind",
        "direction",
        "state",
        "sender",
        "receiver",
        "act",
        "png",
    }
    if isinstance(value, dict):
        return {name: spoiled(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(inner, key) for inner in value]
    return value + HOSTILE if isinstance(value, str) and key not in kept else value


def test_junit_keeps_to_the_schema() -> None:
    root = ElementTree.fromstring(junit.render(fold(run_events())))

    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["attribution", "crm-api", "functional", "screens"]
    for suite in root:
        cases = suite.findall("testcase")
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * len(cases)
        for count, tag in (("tests", "."), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(count) == str(sum(case.find(tag) is not None for case in cases))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        for case in cases:
            assert case.get("name")
            assert case.get("classname")
            assert float(case.get("time", "")) >= 0
            tags = [child.tag for child in case]
            assert tags == sorted(tags, key=_ORDER.index)
            assert len({"skipped", "error", "failure"} & set(tags)) <= 1


def test_junit_tells_each_verdict() -> None:
    root = ElementTree.fromstring(junit.render(fold(run_events())))
    told = {
        str(case.get("classname")): {
            child.tag: child.get("message") for child in case if child.tag != "properties"
        }
        for case in root.iter("testcase")
    }

    assert told["attribution.flow-1.user.stage-04"] == {"failure": "call 3.6 carried 'ib-7q2f'"}
    assert told["attribution.flow-1.user.stage-05"] == {"skipped": "stage-4: stage 4 failed"}
    assert told["crm-api.6.1.9"] == {"skipped": "known issue NW-123: is mended in the spring"}
    assert told["crm-api.6.1.10"] == {"system-out": None}
    assert told["screens.6.2.1"] == {"error": "the browser did not start"}
    assert told["crm-api.6.1.2"] == {}


def test_cucumber_attaches_evidence_to_the_step_that_decided() -> None:
    features = json.loads(cucumber.render(fold(run_events())))
    elements = {one["id"]: one for feature in features for one in feature["elements"]}

    (step,) = elements["attribution/flow-1/user/stage-04"]["steps"]
    assert step["result"]["status"] == "failed"
    assert step["result"]["duration"] == 250_000_000
    assert json.loads(base64.b64decode(step["embeddings"][0]["data"]))["call"] == "3.6"
    (pictured,) = elements["screens/6.2.1"]["steps"]
    assert base64.b64decode(pictured["embeddings"][0]["data"]).startswith(b"\x89PNG")
    assert len(elements) == 8


def test_markdown_shows_matrix_and_what_to_mend() -> None:
    text = markdown.render(fold(run_events()))

    assert "| 4 | The broker asks cTrader to set the partnerId<br>" in text
    assert "❌ fail | " in text
    assert "Expected: <code>IB-7Q2F</code>" in text


def test_markdown_tells_how_many_failures_it_does_not_show() -> None:
    failed = [FAILED_STAGE | {"id": f"crm-api/{number}"} for number in range(53)]
    text = markdown.render(fold([STARTED, *failed, FINISHED]))

    assert text.count("<sub><code>crm-api/") == 50
    assert "... and 3 more in the report." in text


def test_checks_whose_ids_read_alike_have_places_of_their_own() -> None:
    alike = [FAILED_STAGE | {"id": one} for one in ("a/b", "a b", "a+b")]
    page = BeautifulSoup(html.render(fold([STARTED, *alike, FINISHED])), "html.parser")

    places = [str(one["id"]) for one in page.select('[id^="check-a-b"]')]
    assert sorted(places) == ["check-a-b", "check-a-b-2", "check-a-b-3"]


def test_page_lets_nothing_run_and_no_style_but_its_own() -> None:
    page = BeautifulSoup(html.render(fold(run_events())), "html.parser")

    [style] = page.select("style")
    policy = page.select_one('meta[http-equiv="Content-Security-Policy"]')
    assert policy is not None
    # before the style: a policy holds for what comes after it
    assert policy.find_next("style") is style
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert dict(one.strip().split(" ", 1) for one in str(policy["content"]).split(";")) == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_page_needs_nothing_and_every_link_leads_somewhere() -> None:
    page = BeautifulSoup(html.render(fold(run_events())), "html.parser")

    assert not page.select("script, link, iframe, object, [style], [onclick]")
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in page.select("img"))
    ids = [str(one["id"]) for one in page.select("[id]")]
    assert len(ids) == len(set(ids))
    targets = {str(link["href"]) for link in page.select("a[href]")}
    assert targets
    assert targets <= {f"#{one}" for one in ids}
    assert [len(table.select("tbody tr")) for table in page.select("table.matrix")] == [18, 18]
    assert page.select_one("#check-attribution-flow-1-user-stage-04 .compare") is not None
    assert page.select_one("pre mark") is not None, "what breaks the contract is marked"


@pytest.mark.parametrize("name", list(FILES))
def test_hostile_text_stays_text(name: str) -> None:
    run = fold([spoiled(event) for event in run_events()])
    text = {"html": html, "junit": junit, "cucumber": cucumber, "markdown": markdown}[name].render(run)

    assert "<script" not in text or name == "cucumber"
    assert not re.search("[\x00\x1b]", text)
    if name == "junit":
        ElementTree.fromstring(text)
    if name == "html":
        assert not BeautifulSoup(text, "html.parser").select("script")
    if name == "cucumber":
        assert json.loads(text)


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("events", [[], [STARTED], [STARTED, FAILED_STAGE], [STARTED, journey(), FINISHED]])
def test_run_that_broke_off_or_is_empty_is_never_green(name: str, events: list[dict[str, Any]]) -> None:
    text = {"html": html, "junit": junit, "cucumber": cucumber, "markdown": markdown}[name].render(fold(events))

    if name == "junit":
        assert ElementTree.fromstring(text).get("errors") != "0"
    if name in ("html", "markdown"):
        assert "No check was run" in text or "The run broke off" in text


def test_curl_names_secrets_and_quotes_the_rest() -> None:
    told = curl(
        exchange(details={"request": {"body": {"partnerId": "it's $HOME", "hashedPassword": "***"}}}),
        "http://127.0.0.1:8080",
        None,
    )

    assert told == (
        "curl --include \\\n  --request PUT \\\n"
        "  'http://127.0.0.1:8080/cid/oauth2/ctid/referral?token='\"$TOKEN\" \\\n"
        "  --header 'Content-Type: application/json' \\\n"
        '  --data \'{"partnerId": "it\'"\'"\'s $HOME", "hashedPassword": "\'"$HASHED_PASSWORD"\'"}\''
    )


def test_reports_made_again_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv(SUMMARY_VARIABLE, str(summary))
    with (tmp_path / "told").open("w", encoding="utf-8") as told:
        reporter = Reporter(Console(file=told), tmp_path / "run")
        for event in run_events():
            reporter.take(event)
        reporter.finish()

    again = CliRunner().invoke(
        main, ["report", "render", str(tmp_path / "run" / "events.ndjson"), "--to", str(tmp_path / "again")]
    )

    assert again.exit_code == 0, again.output
    for name in FILES.values():
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()
    made = (tmp_path / "run" / "summary.md").read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == "before\n" + made


def test_bad_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "e").write_text("nonsense\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["report", "render", str(tmp_path / "e")])

    assert done.exit_code == 2
    assert "EVENTS is the events.ndjson among the reports of a run" in done.output
    assert "line 1" in done.output


def test_curl_of_a_list_and_of_what_is_no_request() -> None:
    body = {"ids": [1, {"token": "***"}], "none": []}
    told = curl(exchange(details={"request": {"body": body}}), None, None)

    assert told is not None
    assert told.endswith("""--data '{"ids": [1, {"token": "'"$TOKEN"'"}], "none": []}'""")
    assert curl({"kind": "act", "method": None, "path": "/x"}, None, None) is None
    assert curl({"kind": "act", "method": "GET"}, None, None) is None
