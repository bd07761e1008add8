"""HTML forms as a browser fills in and sends them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from bs4 import Tag

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.adapters.finders import Document

_FIELDS = "input[name], select[name], textarea[name], button[name]"
_BUTTONS = ("submit", "image", "button", "reset")
_OPTIONAL = "?"


@dataclass(frozen=True, slots=True)
class Submission:
    """What is sent: `fields` in the order of the form, names may repeat."""

    method: str
    url: str
    fields: list[tuple[str, str]]
    multipart: bool = False


def find_form(page: Tag, names: set[str], select: str | None = None) -> Tag:
    """The form to fill in.

    Args:
        page: the whole page.
        names: fields the form must have.
        select: a CSS selector for the form; by default the first one that has all the fields.

    Raises:
        AdapterError: there is none, or nothing says which; the text lists the forms that are there.
    """
    forms = page.select("form")
    chosen = page.select(select) if select else forms
    fitting = [form for form in chosen if names <= _names(form)]
    if fitting and (names or select or len(fitting) == 1):
        return fitting[0]
    wanted = f" {select}" if select else ""
    wanted += f" with the fields {', '.join(sorted(names))}" if names else ""
    reason = f"there is no form{wanted}" if not fitting else "several forms, and nothing says which (key form)"
    raise AdapterError(f"{reason}; {describe_forms(page)}")


def describe_forms(page: Tag) -> str:
    """The forms of a page and their fields, in words."""
    forms = [
        f"form {form.get('action') or '(no action)'} with {', '.join(sorted(_names(form))) or 'no fields'}"
        for form in page.select("form")
    ]
    return "the page has " + ("; ".join(forms) if forms else "no form")


def asks_for_password(page: Document) -> bool:
    """Whether the page shows a form with a password, as a log-in page does."""
    return page.json is None and page.html.select_one('input[type="password" i]') is not None


def fill_in(form: Tag, page_url: str, values: Mapping[str, Any], button: str | None = None) -> Submission:
    """Fill in a form: what the page filled in stays unless `values` names it; the button's own field goes along.

    Args:
        values: texts to type or choose, or whether to tick; a name that ends in `?` counts only if the form
            has the field.
        button: a CSS selector for the button to press; by default the form's first.

    Raises:
        AdapterError: a choice that the form does not offer, or no such button.
    """
    known = _names(form)
    given = {name.removesuffix(_OPTIONAL): value for name, value in values.items()}
    given = {name: value for name, value in given.items() if name in known or f"{name}{_OPTIONAL}" not in values}
    pressed = _button(form, button)
    fields: list[tuple[str, str]] = []
    typed: set[str] = set()
    for field in _fields(form):
        name = str(field["name"])
        if _is_button(field):
            if field is pressed:
                fields.append((name, str(field.get("value", ""))))
        elif name in given:
            choice = _chosen(field, name, given[name], form)
            if choice is not None and name not in typed:
                fields.append((name, choice))
                typed.add(name)
        else:
            fields += [(name, text) for text in _prefilled(field)]
    sender = pressed if pressed is not None else form
    method = str(sender.get("formmethod") or form.get("method") or "get").upper()
    url = urljoin(page_url, str(sender.get("formaction") or form.get("action") or page_url))
    if method == "GET":
        url = urlunsplit(urlsplit(url)._replace(query=""))
    return Submission(method, url, fields, str(form.get("enctype", "")).lower() == "multipart/form-data")


def required_names(values: Mapping[str, Any]) -> set[str]:
    """The fields that a form must have to take these values."""
    return {name for name in values if not name.endswith(_OPTIONAL)}


def _fields(form: Tag) -> list[Tag]:
    inside = form.select(_FIELDS)
    if form.get("id"):
        root = next(iter([*form.parents][-1:]), form)
        inside += [one for one in root.select(_FIELDS) if one.get("form") == form["id"] and one not in inside]
    return [
        one for one in inside if not one.has_attr("disabled") and not one.find_parent("fieldset", disabled=True)
    ]


def _names(form: Tag) -> set[str]:
    return {str(field["name"]) for field in _fields(form)}


def _is_button(field: Tag) -> bool:
    return field.name == "button" or field.get("type") in _BUTTONS


def _button(form: Tag, select: str | None) -> Tag | None:
    if select is None:
        return next(
            iter(
                form.select('button:not([type]), button[type="submit"], input[type="submit"], input[type="image"]')
            ),
            None,
        )
    found = form.select_one(select)
    if found is None:
        raise AdapterError(f"the form {form.get('action')} has no button {select}")
    return found


def _chosen(field: Tag, name: str, value: Any, form: Tag) -> str | None:
    """What the field sends when a person enters the value; None if this box is not the one that is ticked."""
    text = str(value)
    if field.get("type") in ("checkbox", "radio"):
        own = str(field.get("value", "on"))
        if isinstance(value, bool):
            return own if value else None
        boxes = [str(one.get("value", "on")) for one in _fields(form) if one["name"] == name]
        if text not in boxes:
            raise AdapterError(f"{name} offers {', '.join(boxes)}, not {text!r}")
        return own if own == text else None
    if field.name == "select":
        options = {
            str(one.get("value", one.get_text(strip=True))): one.get_text(strip=True) for one in _options(field)
        }
        if not options or text in options:
            return text
        named = [own for own, label in options.items() if label == text]
        if not named:
            raise AdapterError(f"{name} offers {', '.join(options)}, not {text!r}")
        return named[0]
    return text


def _prefilled(field: Tag) -> list[str]:
    if field.get("type") in ("checkbox", "radio"):
        return [str(field.get("value", "on"))] if field.has_attr("checked") else []
    if field.name == "textarea":
        return [field.get_text().removeprefix("\n")]
    if field.name == "select":
        options = _options(field)
        selected = [one for one in options if one.has_attr("selected")]
        if not selected and not field.has_attr("multiple"):
            selected = options[:1]
        return [str(one.get("value", one.get_text(strip=True))) for one in selected]
    return [] if field.get("type") == "file" else [str(field.get("value", ""))]


def _options(field: Tag) -> list[Tag]:
    return field.select("option:not([disabled])")
