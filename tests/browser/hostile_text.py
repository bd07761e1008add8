"""Texts that are out to break a page, and how a page shows that it was broken."""

from playwright.sync_api import Page

# each leaves a trace in the page even where a Content-Security-Policy keeps it from running
PAYLOADS = (
    "<xss-mark></xss-mark><img src=x onerror=alert(1)>",
    '"><xss-mark onclick=alert(2)><svg/onload=alert(3)>',
    "' xss-mark=1 autofocus onfocus=alert(4) x='",
    "</script></style></textarea></title><xss-mark><script>alert(5)</script>",
    "{{7*7}}${7*7}<!--<xss-mark>--><xss-mark>",
    "javascript:alert(6)//<xss-mark>",
)
_PLANTED = """() => {
  const script = /^\\s*(javascript|data|vbscript):/i;
  const bad = [...document.querySelectorAll("xss-mark, [xss-mark]")].map((one) => one.outerHTML);
  for (const one of document.querySelectorAll("*")) {
    for (const attribute of one.attributes) {
      if (attribute.name.startsWith("on")) bad.push(one.outerHTML);
      const leads = ["href", "action", "formaction", "xlink:href", "src"].includes(attribute.name);
      if (leads && one.localName !== "link" && script.test(attribute.value)
          && !attribute.value.startsWith("data:image/png")) bad.push(one.outerHTML);
    }
  }
  return bad.map((one) => one.slice(0, 200));
}"""


def planted(page: Page) -> list[str]:
    """The elements of a page that somebody else put there."""
    found: list[str] = page.evaluate(_PLANTED)
    return found
