"""The control API over HTTP, at `/control`."""

import json
from typing import Any

from flask import Blueprint, Response, request

from mock_ctrader.backend.fields import VendorSchema
from mock_ctrader.backend.parsing import is_json, parse_object
from mock_ctrader.control import schemas
from mock_ctrader.control.keeper import shown_sandbox
from mock_ctrader.control.service import Control
from mock_ctrader.errors import CTraderError

_NEW, _CHANGE = schemas.NewSandbox(), schemas.ChangeSandbox()
_ANNOUNCE, _REPORT, _QUERY = schemas.AnnounceJourney(), schemas.Report(), schemas.JournalQuery()
_ADVANCE = schemas.AdvanceClock()


def blueprint(control: Control) -> Blueprint:
    """The control API of one server."""
    api = Blueprint("control", __name__, url_prefix="/control")

    @api.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        return answer(refusal.status, refusal.envelope())

    @api.get("/sandboxes")
    def all_sandboxes() -> Response:
        found = [shown_sandbox(sandbox, control.base_url) for sandbox in control.all()]
        return answer(200, {"sandboxes": found})

    @api.post("/sandboxes")
    def create() -> Response:
        return answer(201, shown_sandbox(control.create(read(_NEW)), control.base_url))

    @api.get("/sandboxes/<sandbox_id>")
    def find(sandbox_id: str) -> Response:
        return answer(200, shown_sandbox(control.find(sandbox_id), control.base_url))

    @api.patch("/sandboxes/<sandbox_id>")
    def change(sandbox_id: str) -> Response:
        return answer(200, shown_sandbox(control.change(sandbox_id, read(_CHANGE)), control.base_url))

    @api.delete("/sandboxes/<sandbox_id>")
    def delete(sandbox_id: str) -> Response:
        control.delete(sandbox_id)
        return Response(status=204)

    @api.post("/sandboxes/<sandbox_id>/reset")
    def reset(sandbox_id: str) -> Response:
        return answer(200, shown_sandbox(control.reset(sandbox_id), control.base_url))

    @api.get("/sandboxes/<sandbox_id>/clock")
    def clock(sandbox_id: str) -> Response:
        return answer(200, control.clock(control.find(sandbox_id)))

    @api.post("/sandboxes/<sandbox_id>/clock")
    def advance_clock(sandbox_id: str) -> Response:
        milliseconds = read(_ADVANCE)["milliseconds"]
        return answer(200, control.clock(control.advance_clock(sandbox_id, milliseconds)))

    @api.get("/sandboxes/<sandbox_id>/journal")
    def journal(sandbox_id: str) -> Response:
        query = _QUERY.read(request.args.to_dict())
        events = control.events(sandbox_id, query)
        last = events[-1].seq if events else query.get("after", 0)
        dropped = control.dropped(sandbox_id)
        return answer(
            200,
            {
                "events": [event.as_dict() for event in events],
                "last": last,
                "dropped": {"count": dropped.count, "through": dropped.through},
            },
        )

    @api.get("/sandboxes/<sandbox_id>/journeys")
    def all_journeys(sandbox_id: str) -> Response:
        return answer(200, {"journeys": control.journeys(sandbox_id)})

    @api.post("/sandboxes/<sandbox_id>/journeys")
    def announce(sandbox_id: str) -> Response:
        return answer(201, control.announce(sandbox_id, read(_ANNOUNCE)))

    @api.get("/sandboxes/<sandbox_id>/journeys/<journey_id>")
    def journey(sandbox_id: str, journey_id: str) -> Response:
        return answer(200, control.journey(sandbox_id, journey_id))

    @api.post("/sandboxes/<sandbox_id>/journeys/<journey_id>/reports")
    def report(sandbox_id: str, journey_id: str) -> Response:
        return answer(201, control.report(sandbox_id, journey_id, read(_REPORT)).as_dict())

    return api


def read(schema: VendorSchema) -> dict[str, Any]:
    """The keys of a JSON body; an empty body has none."""
    return schema.read(body())


def body() -> dict[str, Any]:
    """The object that a JSON body is; an empty body is an empty one."""
    if not is_json(request.headers.get("Content-Type")):
        raise CTraderError(
            415,
            "INVALID_REQUEST",
            f"Content-Type: must be application/json, got {request.headers['Content-Type']!r}",
        )
    content = request.get_data()
    return parse_object(content) if content else {}


def answer(status: int, content: dict[str, Any]) -> Response:
    """A JSON answer."""
    return Response(json.dumps(content), status, content_type="application/json")
