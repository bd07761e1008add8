"""How pages are presented: language, theme and what else a screen was opened with, kept from page to page."""

from http import HTTPStatus
from typing import Any

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from broker_reference.context import broker
from broker_reference.languages import LANGUAGES, supported, translate
from broker_reference.screen_parameters import ScreenParameters

_LONGEST_QUOTE = 40


def init_app(app: Flask) -> None:
    """Give the templates their functions."""
    app.context_processor(
        lambda: {
            "broker_name": broker().settings.broker_name,
            "legal_name": broker().settings.legal_name,
            "parameters": parameters().without("token"),
            "language": language(),
            "languages": LANGUAGES,
            "t": text,
            "t_in": translate,
            "link": link,
            "in_language": _in_language,
        }
    )


def parameters() -> ScreenParameters:
    """Return what the screen was opened with: the query, or what its form carries in a hidden field."""
    if "screen_parameters" not in g:
        g.screen_parameters = ScreenParameters.parse(_query())
    found: ScreenParameters = g.screen_parameters
    return found


def language() -> str:
    """Return the language of this request's page."""
    return supported(parameters().get("lang"))


def text(key: str, **values: object) -> str:
    """Return a text in the language of this request's page."""
    return translate(language(), key, **values)


def quoted(value: str) -> str:
    """Return what somebody typed in the form in which an error names it."""
    return repr(value[:_LONGEST_QUOTE])


def link(endpoint: str, **values: Any) -> str:
    """Return the address of a page of this broker, with language, theme and campaign data carried along."""
    return _join(url_for(endpoint, **values), parameters().after_entrance())


def to(endpoint: str, **values: Any) -> ResponseReturnValue:
    """Redirect to a page of this broker; what `link` carries rides along."""
    return redirect(link(endpoint, **values), HTTPStatus.SEE_OTHER)


def to_login_of_website() -> ResponseReturnValue:
    """Redirect to the log-in of somebody who wants into the client area, whatever opened the screen before."""
    query = parameters().without("source").after_entrance()
    return redirect(_join(url_for("entrance.screen"), query), HTTPStatus.SEE_OTHER)


def to_application(url: str) -> ResponseReturnValue:
    """Redirect out of the broker's pages: to the success URL, or to cTrader Web."""
    return redirect(url, HTTPStatus.SEE_OTHER)


def _join(url: str, query: str) -> str:
    return url if not query else f"{url}{'&' if '?' in url else '?'}{query}"


def _query() -> str:
    if request.method in ("GET", "HEAD"):
        return request.query_string.decode("utf-8", "replace")
    try:
        return request.form.get("parameters", "")
    except HTTPException:
        return ""  # a body too large to read; its error page still needs a language


def _in_language(code: str) -> str | None:
    """Return the address of this page in another language; None where opening the page again would not do."""
    if request.method != "GET" or request.endpoint is None or parameters().get("token") is not None:
        return None
    others = parameters().without("lang").encoded()
    return f"?lang={code}" + (f"&{others}" if others else "")
