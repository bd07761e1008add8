"""How every vendor call is taken in: the order of checks of section F, one transaction, one journal entry."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Request, Response, abort, request

from mock_ctrader import errors, leniency, limits
from mock_ctrader.backend.fields import Integer, VendorSchema
from mock_ctrader.backend.parsing import parse_object
from mock_ctrader.backend.wire import Format, answer_format, body_format, envelope_leniencies
from mock_ctrader.backend.xml import parse_xml, to_xml
from mock_ctrader.clock import Clock
from mock_ctrader.contract import Contract
from mock_ctrader.errors import CTraderError
from mock_ctrader.journal import Direction, Event, Journal, exchange
from mock_ctrader.leniency import Leniency
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, Transaction, sandboxes
from mock_ctrader.store.world import World

_SWITCHED = ("3.11", "3.12")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call answers; `body` None is a zero-length body (E-6, E-27).

    `ctid_trader_account_id` is for the journal, where the answer itself does not show it.
    """

    status: int
    body: dict[str, Any] | list[Any] | None = None
    ctid_trader_account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One vendor call: its number, address, keys and the function that plays it.

    Attributes:
        path: as the vendor writes it; `{login}` is the one variable part there is.
        root: the element its answer has in XML.
        takes_slash: whether it is also served with a slash at the end of the path (client code).
        exact: whether its numbers are read digit by digit.
        bearer: whether the manager token is a Bearer token and not a query parameter (section C).
    """

    number: str
    title: str
    method: str
    path: str
    keys: VendorSchema
    play: Callable[[World, dict[str, Any], Clock], Answer]
    keys_in_query: bool = False
    root: str = "answer"
    takes_slash: bool = False
    exact: bool = False
    bearer: bool = False


class _Path(VendorSchema):
    login = Integer()


_PATH = _Path()


@dataclass(slots=True)
class _Seen:
    """What is known of a request while it is handled."""

    path_keys: dict[str, str]
    sandbox: Sandbox | None = None
    body: dict[str, Any] | None = None
    body_read: bool = False
    leniencies: list[Leniency] = field(default_factory=list)
    counted: str | None = None


class Gateway:
    """Takes vendor calls in and journals each of them."""

    def __init__(self, store: Store, journal: Journal, contract: Contract, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._contract = contract
        self._clock = clock

    def blueprint(self, calls: list[Call]) -> Blueprint:
        """A Flask blueprint that serves the given calls at the vendor's paths."""
        blueprint = Blueprint("backend", __name__)
        for call in calls:
            blueprint.add_url_rule(
                call.path.replace("{", "<").replace("}", ">"),
                f"call_{call.number}".replace(".", "_").replace(" ", "_"),
                self._view(call),
                methods=[call.method],
                strict_slashes=not call.takes_slash,
            )
        views = {call.number: (call.method, self._view(call)) for call in calls}

        @blueprint.before_app_request
        def at_a_path_of_its_own() -> Response | None:
            """Serves what only the sandbox of this token has at this path (E-28, sections 3.11 and 3.12)."""
            if request.routing_exception is None or "token" not in request.args:
                return None
            with self._store.read() as transaction:
                sandbox = sandboxes.by_token(transaction, request.args["token"])
            number = sandbox.switches.call_at(request.path) if sandbox else None
            if number is None or views[number][0] != request.method:
                return None
            return views[number][1]()

        return blueprint

    def _view(self, call: Call) -> Callable[..., Response]:
        def view(**path_keys: str) -> Response:
            seen = _Seen(path_keys)
            try:
                with self._store.write() as transaction:
                    answer = self._play(transaction, call, seen)
                    assert seen.sandbox is not None
                    event = self._event(call, seen, answer.status, answer.body)
                    event.ctid_trader_account_id = answer.ctid_trader_account_id or event.ctid_trader_account_id
                    self._journal.append(transaction, seen.sandbox.id, event)
            except CTraderError as refusal:
                # The change was rolled back; what is kept is that the call was made and refused.
                return self._refuse(call, seen, refusal)
            self._journal.announce()
            return _response(answer.status, answer.body, call.root, seen.sandbox)

        return view

    def _play(self, transaction: Transaction, call: Call, seen: _Seen) -> Answer:
        form = Format.JSON if call.keys_in_query else body_format(request)
        if call.number == "3.1":
            keys = self._keys(call, seen, form)
            seen.sandbox = sandboxes.by_manager(transaction, keys["login"])
            if seen.sandbox is None:
                raise errors.manager_refused(keys["login"])
            self._count(transaction, call, seen, f"login {keys['login']}")
        else:
            token = _bearer_token() if call.bearer else request.args.get("token", "")
            seen.sandbox = sandboxes.by_token(transaction, token)
            if seen.sandbox is None:
                raise errors.token_refused()
            if call.number in _SWITCHED and seen.sandbox.switches.call_at(request.path) != call.number:
                abort(404)  # this sandbox has the call elsewhere
            self._count(transaction, call, seen, token)
            keys = self._keys(call, seen, form)
        if not call.bearer:
            seen.leniencies = envelope_leniencies(request, call.takes_slash, not call.keys_in_query)
        if call.keys_in_query:
            given = {name: value for name, value in request.args.items() if name != "token"}
            seen.leniencies += call.keys.leniencies(given, text=True)
        else:
            seen.leniencies += call.keys.leniencies(seen.body or {}, text=form is Format.XML)
        if seen.sandbox.strict:
            leniency.refuse(seen.leniencies)
        return call.play(World(transaction, seen.sandbox), keys, self._clock)

    def _count(self, transaction: Transaction, call: Call, seen: _Seen, subject: str) -> None:
        """The hourly limit, which is off unless the sandbox sets one (E-17)."""
        assert seen.sandbox is not None
        if seen.sandbox.hourly_limit is None or not limits.counts(call.method):
            return
        hour = limits.hour(self._clock.now_ms())
        count = sandboxes.count_request(transaction, seen.sandbox.id, subject, hour)
        limits.check_frequency(count, seen.sandbox.hourly_limit)
        seen.counted = subject

    def _keys(self, call: Call, seen: _Seen, form: Format) -> dict[str, Any]:
        seen.body_read = True
        if call.keys_in_query:
            keys = call.keys.read(request.args.to_dict())
        elif form is Format.XML:
            seen.body = parse_xml(request.get_data())
            keys = call.keys.read(seen.body)
        else:
            content = request.get_data()
            seen.body = parse_object(content)
            keys = call.keys.read(parse_object(content, exact=True) if call.exact else seen.body)
        if not seen.path_keys:
            return keys
        login = _PATH.read(seen.path_keys)["login"]
        if keys.get("login", login) != login:
            raise errors.invalid_request(f"login: the path has {login}, the body {keys['login']}")
        return keys | {"login": login}

    def _refuse(self, call: Call, seen: _Seen, refusal: CTraderError) -> Response:
        event = self._event(call, seen, refusal.status, refusal.envelope())
        with self._store.write() as transaction:
            # A call that names no known manager is shown where there is only one place to look for it.
            sandbox = seen.sandbox or sandboxes.only_one(transaction)
            if sandbox is not None:
                self._journal.append(transaction, sandbox.id, event)
                if seen.counted is not None:
                    # A refused request was one all the same; its count was rolled back with it.
                    hour = limits.hour(self._clock.now_ms())
                    sandboxes.count_request(transaction, sandbox.id, seen.counted, hour)
        self._journal.announce()
        return _response(refusal.status, refusal.envelope(), "answer", seen.sandbox)

    def _event(self, call: Call, seen: _Seen, status: int, body: dict[str, Any] | list[Any] | None) -> Event:
        event = exchange(
            call.number,
            Direction.BROKER_TO_CTRADER,
            call.method,
            request.path,
            _query(request),
            seen.body,
            status,
            body,
            title=f"{call.number} {call.title}",
            details={"leniencies": leniency.noted(seen.leniencies)} if seen.leniencies else None,
        )
        login = seen.path_keys.get("login", "")
        if login.isascii() and login.isdigit() and len(login) < 19:
            event.login = int(login)
        violations = self._contract.check(
            "ctrader", call.method, call.path, request.args.to_dict(), seen.body, status, body
        )
        # A request refused before its body was read may well have had one.
        event.violations = [one for one in violations if seen.body_read or one["where"] != "request.body"]
        return event


def _bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _query(incoming: Request) -> str:
    # latin-1 keeps every byte of a query that is not UTF-8
    return incoming.query_string.decode("latin-1")


def _response(
    status: int, body: dict[str, Any] | list[Any] | None, root: str, sandbox: Sandbox | None
) -> Response:
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
