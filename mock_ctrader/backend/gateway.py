"""How every vendor call is taken in: the order of checks of section F, one transaction, one journal entry."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Blueprint, Request, Response, abort, request
from werkzeug.exceptions import NotFound

from mock_ctrader import errors, leniency, limits
from mock_ctrader.backend import evidence, planted
from mock_ctrader.backend.answers import Answer, response_to
from mock_ctrader.backend.fields import Integer, VendorSchema
from mock_ctrader.backend.parsing import parse_object
from mock_ctrader.backend.unrouted import Unrouted, owner
from mock_ctrader.backend.wire import Format, body_format, envelope_leniencies
from mock_ctrader.backend.xml import parse_xml
from mock_ctrader.clock import Clock, advanced
from mock_ctrader.contract import Contract
from mock_ctrader.errors import CTraderError
from mock_ctrader.faults import Fault
from mock_ctrader.faults import Kind as FaultKind
from mock_ctrader.journal import Direction, Event, Journal, exchange, note_subjects
from mock_ctrader.leniency import Leniency
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, Transaction, sandboxes
from mock_ctrader.store.world import World

_SWITCHED = ("3.11", "3.12")


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
    """What is known of a request while it is handled.

    `unread` is the body of a request that was answered before its body was asked for: for the journal.
    """

    request: Request
    path_keys: dict[str, str]
    form: Format = Format.JSON
    sandbox: Sandbox | None = None
    keys: dict[str, Any] | None = None
    fault: Fault | None = None
    body: dict[str, Any] | None = None
    body_read: bool = False
    unread: dict[str, Any] | None = None
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
        self._unrouted = Unrouted(self._store, self._journal, calls)

        @blueprint.before_app_request
        def not_routed() -> Response | None:
            """Serves what only the sandbox of this token has at this path (E-28, sections 3.11 and 3.12)."""
            if request.routing_exception is None:
                return None
            number = self._call_of_its_own()
            if number is not None and views[number][0] == request.method:
                return views[number][1]()
            if (status := request.routing_exception.code) in (404, 405):
                self._unrouted.note(request, status)
            return None

        return blueprint

    def _call_of_its_own(self) -> str | None:
        if "token" not in request.args:
            return None
        with self._store.read() as transaction:
            sandbox = sandboxes.by_token(transaction, request.args["token"])
        return sandbox.switches.call_at(request.path) if sandbox else None

    def fixed(self, calls: list[Call]) -> dict[tuple[str, str], Callable[[Request], Response]]:
        """What takes the calls whose path is the same in every sandbox, by method and path."""
        return {
            (call.method, call.path): partial(self._take, call, {})
            for call in calls
            if "{" not in call.path and call.number not in _SWITCHED
        }

    def _view(self, call: Call) -> Callable[..., Response]:
        def view(**path_keys: str) -> Response:
            return self._take(call, path_keys, request._get_current_object())  # type: ignore[attr-defined]

        return view

    def _take(self, call: Call, path_keys: dict[str, str], incoming: Request) -> Response:
        seen = _Seen(incoming, path_keys)
        try:
            response = self._handle(call, seen)
            if response is None:
                assert seen.fault is not None
                self._clock.pause(seen.fault.delay_ms / 1000)
                response = self._handle(call, seen)
                assert response is not None
        except CTraderError as refusal:
            # The change was rolled back; what is kept is that the call was made and refused.
            return self._refuse(call, seen, refusal)
        except NotFound:
            self._unrouted.note(incoming, 404)
            raise
        return response

    def _handle(self, call: Call, seen: _Seen) -> Response | None:
        """Everything in one transaction; None if a planted fault, which is spent, holds the request back first."""
        answer: Answer | None = None
        with self._store.write() as transaction:
            self._enter(transaction, call, seen)
            assert seen.sandbox is not None
            if seen.fault is None:
                seen.fault = planted.take(transaction, seen.sandbox, call.number, self._time(seen).now_ms())
                if seen.fault is not None and planted.holds_back(seen.fault):
                    return None
            if seen.fault is None and not seen.sandbox.faulty:
                answer = self._play(transaction, call, seen)
            elif seen.fault is None or not planted.preempts(seen.fault):
                answer = self._play_apart(transaction, call, seen)
            event = self._event(call, seen, answer)
            self._journal.append(transaction, seen.sandbox.id, event)
        self._journal.announce()
        if seen.fault is None:
            assert answer is not None
            return response_to(seen.request, answer.status, answer.body, call.root, seen.sandbox)
        if seen.fault.kind is FaultKind.ANSWER:
            answer = Answer(seen.fault.status, seen.fault.envelope)
        elif answer is None:
            answer = Answer(204)  # never seen: the connection is dropped
        whole = response_to(seen.request, answer.status, answer.body, call.root, seen.sandbox)
        return planted.spoil(seen.fault, whole, self._clock)

    def _enter(self, transaction: Transaction, call: Call, seen: _Seen) -> None:
        """Which sandbox is this for?"""
        seen.form = Format.JSON if call.keys_in_query else body_format(seen.request)
        if call.number == "3.1":
            seen.keys = self._keys(call, seen)
            seen.sandbox = sandboxes.by_manager(transaction, seen.keys["login"])
            if seen.sandbox is None:
                raise errors.manager_refused(seen.keys["login"])
            return
        seen.sandbox = sandboxes.by_token(transaction, _token(call, seen.request))
        if seen.sandbox is None:
            raise errors.token_refused()
        if call.number in _SWITCHED and seen.sandbox.switches.call_at(seen.request.path) != call.number:
            abort(404)  # this sandbox has the call elsewhere

    def _play(self, transaction: Transaction, call: Call, seen: _Seen) -> Answer:
        assert seen.sandbox is not None
        self._count(transaction, call, seen)
        keys = self._keys(call, seen) if seen.keys is None else seen.keys
        if not call.bearer:
            seen.leniencies = envelope_leniencies(seen.request, call.takes_slash, not call.keys_in_query)
        if call.keys_in_query:
            given = {name: value for name, value in seen.request.args.items() if name != "token"}
            seen.leniencies += call.keys.leniencies(given, text=True)
        else:
            seen.leniencies += call.keys.leniencies(seen.body or {}, text=seen.form is Format.XML)
        if seen.sandbox.strict:
            leniency.refuse(seen.leniencies)
        return call.play(World(transaction, seen.sandbox), keys, self._time(seen))

    def _time(self, seen: _Seen) -> Clock:
        """The sandbox's clock, which can be ahead of the machine's."""
        return advanced(self._clock, seen.sandbox.clock_offset_ms if seen.sandbox else 0)

    def _play_apart(self, transaction: Transaction, call: Call, seen: _Seen) -> Answer:
        """As `_play`, but a refusal undoes no more than the call: planted faults have counted it, and stay so."""
        try:
            with transaction.part():
                return self._play(transaction, call, seen)
        except CTraderError as refusal:
            self._count_refused(transaction, seen)
            return Answer(refusal.status, refusal.envelope())

    def _count(self, transaction: Transaction, call: Call, seen: _Seen) -> None:
        """The hourly limit, which is off unless the sandbox sets one (E-17)."""
        assert seen.sandbox is not None
        if seen.sandbox.hourly_limit is None or not limits.counts(call.method):
            return
        subject = _token(call, seen.request) if seen.keys is None else f"login {seen.keys['login']}"
        hour = limits.hour(self._time(seen).now_ms())
        count = sandboxes.count_request(transaction, seen.sandbox.id, subject, hour)
        limits.check_frequency(count, seen.sandbox.hourly_limit)
        seen.counted = subject

    def _count_refused(self, transaction: Transaction, seen: _Seen) -> None:
        """A refused request was one all the same; its count was rolled back with it."""
        if seen.counted is not None and seen.sandbox is not None:
            hour = limits.hour(self._time(seen).now_ms())
            sandboxes.count_request(transaction, seen.sandbox.id, seen.counted, hour)

    def _keys(self, call: Call, seen: _Seen) -> dict[str, Any]:
        seen.body_read = True
        if call.keys_in_query:
            keys = call.keys.read(seen.request.args.to_dict())
        elif seen.form is Format.XML:
            seen.body = parse_xml(seen.request.get_data())
            keys = call.keys.read(seen.body)
        else:
            content = seen.request.get_data()
            seen.body = parse_object(content)
            keys = call.keys.read(parse_object(content, exact=True) if call.exact else seen.body)
        if not seen.path_keys:
            return keys
        login = _PATH.read(seen.path_keys)["login"]
        if keys.get("login", login) != login:
            raise errors.invalid_request(f"login: the path has {login}, the body {keys['login']}")
        return keys | {"login": login}

    def _refuse(self, call: Call, seen: _Seen, refusal: CTraderError) -> Response:
        event = self._event(call, seen, Answer(refusal.status, refusal.envelope()))
        misplaced = (
            evidence.misplaced_tokens(seen.request, seen.unread, call.bearer) if refusal.status == 401 else []
        )
        if misplaced and not _token(call, seen.request):
            event.details["problem"] = evidence.token_advice(misplaced, call.bearer)
        with self._store.write() as transaction:
            # A call that names no known manager is shown where there is only one place to look for it.
            sandbox = seen.sandbox or owner(
                transaction, [_token(call, seen.request), *(value for _, value in misplaced)]
            )
            if sandbox is not None and transaction.holds(sandbox.id):
                self._journal.append(transaction, sandbox.id, event)
                self._count_refused(transaction, seen)
        self._journal.announce()
        return response_to(seen.request, refusal.status, refusal.envelope(), "answer", seen.sandbox)

    def _event(self, call: Call, seen: _Seen, answer: Answer | None) -> Event:
        """The journal's entry; without an answer the call was never played."""
        status, body = (answer.status, answer.body) if answer else (None, None)
        if seen.body is None and not call.keys_in_query and (status is None or status >= 400):
            seen.unread = evidence.body_of(seen.request)
        shown = (status, body)
        details: dict[str, Any] = {}
        if seen.leniencies:
            details["leniencies"] = leniency.noted(seen.leniencies)
        if seen.fault is not None:
            shown = planted.seen_by_client(seen.fault, status, body)
            details["fault"] = planted.details(seen.fault, status, body)
        event = exchange(
            call.number,
            Direction.BROKER_TO_CTRADER,
            call.method,
            seen.request.path,
            _query(seen.request),
            seen.unread if seen.body is None else seen.body,
            *shown,
            title=f"{call.number} {call.title}",
            details=details,
        )
        if answer is not None:
            event.ctid_trader_account_id = answer.ctid_trader_account_id or event.ctid_trader_account_id
            if isinstance(body, dict) and answer.status < 300:
                note_subjects(event, body)  # of what was done, even if the client never saw it
        login = seen.path_keys.get("login", "")
        if login.isascii() and login.isdigit() and len(login) < 19:
            event.login = int(login)
        violations = self._contract.check(
            "ctrader", call.method, call.path, seen.request.args, seen.body, status, body
        )
        # A request refused before its body was read may well have had one.
        event.violations = [one for one in violations if seen.body_read or one["where"] != "request.body"]
        return event


def _token(call: Call, incoming: Request) -> str:
    return _bearer_token(incoming) if call.bearer else incoming.args.get("token", "")


def _bearer_token(incoming: Request) -> str:
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _query(incoming: Request) -> str:
    # latin-1 keeps every byte of a query that is not UTF-8
    return incoming.query_string.decode("latin-1")
