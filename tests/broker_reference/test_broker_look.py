"""How the pages look, as far as that can be calculated: contrast, policy, nothing inline (section 6.2)."""

import re
from pathlib import Path

import pytest
from broker_site import Site

import broker_reference

CSS = (Path(broker_reference.__file__).parent / "static" / "broker.css").read_text(encoding="utf-8")
COLOURS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)
}
# Text on what it stands on: 4.5 (WCAG 2.2, 1.4.3). Edges of controls and the focus ring: 3 (1.4.11).
TEXT = [
    ("ink", "paper"),
    ("ink", "ground"),
    ("ink", "soft"),
    ("quiet", "paper"),
    ("quiet", "ground"),
    ("quiet", "soft"),
    ("accent", "paper"),
    ("accent", "ground"),
    ("accent", "soft"),
    ("on-accent", "accent"),
    ("bad", "paper"),
    ("bad", "bad-soft"),
]
EDGES = [("edge", "paper"), ("accent", "paper"), ("accent", "ground"), ("bad", "paper")]


def luminance(colour: str) -> float:
    parts = [int(colour[position : position + 2], 16) / 255 for position in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_calculated_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (EDGES, 3.0)], ids=["text", "edges"])
def test_contrast_is_enough(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    low = {
        pair: round(ratio, 2)
        for pair in pairs
        if (ratio := contrast(COLOURS[pair[0]][theme], COLOURS[pair[1]][theme])) < least
    }
    assert low == {}


def test_every_colour_is_one_of_both_themes() -> None:
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) == set(COLOURS)
    assert len(re.findall(r"#[0-9a-fA-F]{3,8}\b", CSS)) == 2 * len(COLOURS)


@pytest.mark.parametrize(
    ("query", "theme"), [("theme=light", "light"), ("theme=dark", "dark"), ("theme=pink", None), ("", None)]
)
def test_theme_follows_the_parameter_and_else_the_system(site: Site, query: str, theme: str | None) -> None:
    assert site.browser().get(f"/auth/login?{query}").soup.html.get("data-theme") == theme


def test_language_and_theme_together(site: Site) -> None:
    for lang, theme in (("en", "dark"), ("de", "light")):
        html = site.browser().get("/auth/login", lang=lang, theme=theme).soup.html
        assert (html["lang"], html["data-theme"]) == (lang, theme)


def test_policy_lets_the_application_and_nobody_else_frame_the_screens(site: Site) -> None:
    policy = site.browser().get("/auth/login").response.headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    application = "http://127.0.0.1:9"
    assert rules == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": f"'self' {application}",
        "frame-ancestors": f"'self' {application}",
    }


def test_nothing_is_inline_and_every_field_says_what_it_is_for(site: Site) -> None:
    for path in ("/auth/login", "/auth/login?firstLogin=true", "/auth/reset", "/register"):
        soup = site.browser().get(path).soup
        assert not soup.select("script, style, [style], [onclick], [target]")
        for control in soup.select("input:not([type=hidden]), select"):
            assert control.get("autocomplete"), control


def test_legal_entity_is_named(start) -> None:
    named = start(changes={"legal_name": "Northwind Markets <Ltd.>"})
    assert "Northwind Markets &lt;Ltd.&gt;" in named.browser().get("/auth/login").text


def test_legal_entity_is_the_broker_by_default(site: Site) -> None:
    assert "northwind" in site.browser().get("/auth/login").soup.footer.get_text()
