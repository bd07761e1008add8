"""What a call answers, and how that is written."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Request, Response

from mock_ctrader.backend.wire import Format, answer_format
from mock_ctrader.backend.xml import to_xml
from mock_ctrader.sandboxes import Sandbox


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call answers; `body` None is a zero-length body (E-6, E-27).

    `ctid_trader_account_id` is for the journal, where the answer itself does not show it.
    """

    status: int
    body: dict[str, Any] | list[Any] | None = None
    ctid_trader_account_id: int | None = None


def response_to(
    request: Request, status: int, body: dict[str, Any] | list[Any] | None, root: str, sandbox: Sandbox | None
) -> Response:
    """The HTTP response to a request.

    Args:
        request: the request.
        status: HTTP status.
        body: None is a body of no bytes.
        root: the element it has in XML, unless it is an error.
        sandbox: whose switches hold.
    """
    if status == 204:
        empty = Response(status=204)
        del empty.headers["Content-Type"]
        return empty
    if body is None:
        return Response(b"", status=status, content_type="text/plain; charset=utf-8")
    form = answer_format(request, sandbox is not None and sandbox.switches.xmlForAnyAccept)
    if form is Format.JSON or not isinstance(body, dict):
        return Response(json.dumps(body), status=status, content_type="application/json")
    # An error's envelope has one key, which is the root in XML.
    root, body = ("error", body["error"]) if "error" in body else (root, body)
    return Response(to_xml(root, body), status=status, content_type="application/xml; charset=utf-8")
