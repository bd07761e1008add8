"""The results as Markdown and as a chart."""

from html import escape

from mock_ctrader.bench.figures import Figure, Results

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
_BAR, _LEFT, _WIDTH = 22, 170, 420


def markdown(results: Results) -> str:
    """The table of targets, and every figure."""
    lines = [f"Measured on {results.machine}.", "", "| target | at most | found | |", "|---|---|---|---|"]
    for target, found in results.judged():
        against = f" / {target.against or target.base}" if target.against or target.base else ""
        shown = "not measured" if found is None else f"{found:.2f}"
        verdict = "" if found is None else ("met" if found <= target.most else "**not met**")
        lines.append(f"| {target.what}{against} | {target.most:g} | {shown} | {verdict} |")
    lines += ["", "| section | quantity | server | median | least to most |", "|---|---|---|---|---|"]
    for one in results.figures:
        spread = f"{_number(min(one.rounds))} to {_number(max(one.rounds))}"
        lines.append(
            f"| {one.section} | {one.what} | {one.server} | {_number(one.median)} {one.unit} | {spread} |"
        )
    lines += ["", *(f"- {note}" for note in results.notes)]
    return "\n".join(lines).rstrip() + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def within(page: str, text: str) -> str:
    """A page with the text between its markers.

    Raises:
        ValueError: the page has no markers.
    """
    before, _, rest = page.partition(BEGIN)
    if END not in rest:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}"


def chart(results: Results) -> str:
    """Bars of the CPU that one PUT costs each server, as SVG."""
    bars = [one for one in results.figures if one.what == "PUT 3.6, server CPU"]
    bars.sort(key=lambda one: one.median)
    height = 50 + _BAR * len(bars)
    most = max((one.median for one in bars), default=1)
    rows = "".join(_bar(nth, one, most) for nth, one in enumerate(bars))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {height}" role="img" font-family="sans-serif" '
        f'font-size="13" fill="#667"><title>Server CPU per PUT, microseconds</title>'
        f'<text x="10" y="20" font-size="15">Server CPU per PUT 3.6 or its nearest equivalent, microseconds</text>'
        f"{rows}</svg>\n"
    )


def _bar(nth: int, one: Figure, most: float) -> str:
    top = 35 + _BAR * nth
    width = max(1, round(_WIDTH * one.median / most))
    colour = "#2266cc" if one.server == "mock-ctrader" else "#99aabb"
    return (
        f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(one.server)}</text>'
        f'<rect x="{_LEFT}" y="{top}" width="{width}" height="{_BAR - 5}" fill="{colour}"/>'
        f'<text x="{_LEFT + width + 6}" y="{top + 13}">{one.median:.0f}</text>'
    )
