"""JUnit XML: one suite per plan, one case per check; what CI servers read."""

from xml.etree import ElementTree

from mock_ctrader.clock import utc_text
from mock_ctrader.conformance.plain import printable
from mock_ctrader.conformance.reports.model import Check, Complaint, Run

_OUTCOMES = {"fail": "failure", "error": "error", "skip": "skipped", "blocked": "skipped"}


def render(run: Run) -> str:
    """The document. What is wrong with the run itself is a suite of its own, so that no server overlooks it."""
    suites = [_suite(plan, [_case(check) for check in run.of_plan(plan)], run) for plan in run.plans_run]
    if run.problems:
        suites.append(_suite("run", [_problem(problem) for problem in run.problems], run))
    root = ElementTree.Element(
        "testsuites", _totals([case for suite in suites for case in suite.iter("testcase")])
    )
    root.set("name", printable(f"mock-ctrader: {run.broker_name}"))
    root.extend(suites)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(name: str, cases: list[ElementTree.Element], run: Run) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", {"name": printable(name), **_totals(cases)})
    suite.set("timestamp", utc_text(run.at)[:19])
    suite.set("hostname", "localhost")
    _properties(suite, {"broker": run.broker_name, "version": run.version, "run_id": run.run_id})
    suite.extend(cases)
    return suite


def _totals(cases: list[ElementTree.Element]) -> dict[str, str]:
    def having(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    return {
        "tests": str(len(cases)),
        "failures": having("failure"),
        "errors": having("error"),
        "skipped": having("skipped"),
        "time": f"{sum(float(case.get('time', '0')) for case in cases):.3f}",
    }


def _case(check: Check) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        {
            "classname": printable(check.id.replace("/", ".")),
            "name": printable(check.title),
            "time": f"{check.seconds:.3f}",
            "file": printable(check.file),
            "line": str(check.line),
        },
    )
    complaint = next(iter(check.complaints), check.complaint)
    _properties(
        case,
        {
            "id": check.id,
            "verdict": check.verdict,
            "code": check.code,
            "flow": check.flow,
            "level": check.level,
            "stage": check.stage,
            "case": check.case,
            "duty": complaint.duty,
            "source": complaint.source,
            "provenance": complaint.provenance,
            "known_issue": check.known_issue and check.known_issue.id,
        },
    )
    if check.known_issue is not None and check.excused:
        told = f"known issue {check.known_issue.id}: {check.known_issue.reason}"
        ElementTree.SubElement(case, "skipped", {"type": "known-issue", "message": printable(told)})
    elif check.verdict in _OUTCOMES:
        outcome = ElementTree.SubElement(case, _OUTCOMES[check.verdict])
        outcome.set("type", printable(check.complaint.duty or check.code or check.verdict))
        outcome.set("message", printable(": ".join(filter(None, [check.code, check.why])) or check.verdict))
        if check.verdict in ("fail", "error"):
            outcome.text = printable(_told(check.complaint))
    if check.warnings or check.verdict == "warn":
        warned = check.warnings or [check.complaint]
        ElementTree.SubElement(case, "system-out").text = printable(
            "\n\n".join(f"warning: {_told(one)}" for one in warned)
        )
    return case


def _problem(problem: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"classname": "run", "name": printable(problem), "time": "0.000"})
    ElementTree.SubElement(case, "error", {"type": "incomplete", "message": printable(problem)})
    return case


def _properties(parent: ElementTree.Element, values: dict[str, object]) -> None:
    holder = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        if value is not None:
            ElementTree.SubElement(holder, "property", {"name": name, "value": printable(str(value))})


def _told(complaint: Complaint) -> str:
    named = {
        "duty": complaint.text,
        "source": complaint.source,
        "expected": complaint.expected,
        "seen": complaint.seen,
        "advice": complaint.advice,
    }
    told = [complaint.reason or "", *(f"{name}: {value}" for name, value in named.items() if value is not None)]
    return "\n".join(line for line in told if line)
