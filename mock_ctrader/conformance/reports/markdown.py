"""A summary in Markdown, for the page of a CI run (`$GITHUB_STEP_SUMMARY`)."""

import re

from mock_ctrader.conformance.plain import one_line
from mock_ctrader.conformance.reports.model import Check, Complaint, Run
from mock_ctrader.conformance.reports.words import counted, place, seconds, stage_titles
from mock_ctrader.flows import FLOW_TITLES

SIGNS = {"pass": "✅", "fail": "❌", "error": "💥", "warn": "⚠️", "blocked": "⛔", "skip": "⏭️"}
# a colon would make a link of an address, an at sign would mention somebody
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|~@:<>&\"'$^=]|^-")
_LISTED = re.compile(r"^(\d+)\.")  # would begin a list
_SHOWN = 50  # GitHub takes a mebibyte; nobody reads more than this many
_LONG = 600


def render(run: Run) -> str:
    """The summary: totals, the matrix, the other plans' cases, and what to mend."""
    lines = [
        f"## {_sign(run)} {_text(run.broker_name)}: {run.conclusion}",
        "",
        counted(run.counts) + _took(run),
        "",
    ]
    for problem in run.problems:
        lines += [f"> **{_text(problem)}**", ""]
    lines += _matrix(run) + _plans(run) + _to_mend(run)
    return "\n".join(lines).rstrip() + "\n"


def _sign(run: Run) -> str:
    return {"passed": SIGNS["pass"], "passed with warnings": SIGNS["warn"]}.get(run.conclusion, SIGNS["fail"])


def _took(run: Run) -> str:
    if run.finish is None:
        return "."
    attribution = run.finish.attribution_seconds
    told = f" in {seconds(run.finish.seconds)}"
    return told + (f" (attribution {seconds(attribution)})." if attribution is not None else ".")


def _matrix(run: Run) -> list[str]:
    if not run.matrix:
        return []
    heads = [f"Flow {flow}, {level}" for flow, level in run.columns]
    flows = sorted({flow for flow, _ in run.columns})
    told = "; ".join(f"flow {flow} is the {FLOW_TITLES[flow]}" for flow in flows if flow in FLOW_TITLES)
    lines = ["### The stages of the attribution flow", "", f"By level; {told}.", ""]
    lines += [f"| # | Stage | {' | '.join(_text(head) for head in heads)} |", f"|--:|---|{':-:|' * len(heads)}"]
    for number, titles in stage_titles(run):
        marks = [_mark(run.matrix.get(column, {}).get(number)) for column in run.columns]
        lines.append(f"| {number} | {'<br>'.join(_text(title) for title in titles)} | {' | '.join(marks)} |")
    return [*lines, ""]


def _mark(check: Check | None) -> str:
    return "" if check is None else f"{SIGNS[check.verdict]} {check.verdict}"


def _plans(run: Run) -> list[str]:
    plans = [plan for plan in run.plans_run if any(check.plan == plan for check in run.cases)]
    if not plans:
        return []
    lines = ["### Cases of the other plans", "", "| Plan | Result |", "|---|---|"]
    for plan in plans:
        cases = [check for check in run.cases if check.plan == plan]
        counts = {verdict: sum(one.verdict == verdict for one in cases) for verdict in SIGNS}
        lines.append(f"| {_text(plan)} | {counted(counts)} |")
    return [*lines, ""]


def _to_mend(run: Run) -> list[str]:
    if not run.to_mend:
        return []
    lines = ["### What to mend", ""]
    for check in run.to_mend[:_SHOWN]:
        where = place(check)
        lines += [f"#### {SIGNS[check.verdict]} {_text(check.title)}{f' ({_text(where)})' if where else ''}", ""]
        lines += [f"<sub><code>{_text(check.id)}</code></sub>", ""]
        if check.known_issue:
            lines += [f"Known issue {_text(check.known_issue.id)}: {_text(check.known_issue.reason)}", ""]
        for complaint in check.complaints:
            lines += [*_complaint(complaint), ""]
    if len(run.to_mend) > _SHOWN:
        lines += [f"... and {len(run.to_mend) - _SHOWN} more in the report.", ""]
    return lines


def _complaint(complaint: Complaint) -> list[str]:
    named = {"Expected": complaint.expected, "Seen": complaint.seen}
    lines = [_text(complaint.reason or complaint.text or "")]
    lines += [f"- {name}: <code>{_text(value)}</code>" for name, value in named.items() if value is not None]
    if complaint.advice:
        lines.append(f"- **{_text(complaint.advice)}**")
    source = ", ".join(filter(None, [complaint.source, complaint.provenance]))
    return [*lines, *([f"- Source: {_text(source)}"] if source else [])]


def _text(text: str) -> str:
    """A text that Markdown and HTML leave as it is, on one line."""
    shown = _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line(text, _LONG))
    return _LISTED.sub(r"\1&#46;", shown)
