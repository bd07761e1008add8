"""Defects that show when cTrader is out of order while a partner registers."""

from dataclasses import replace
from typing import Any

from broker_reference.ctrader import CTraderError
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.outbox import Outbox
from broker_reference.outbox_queues import PartnerIdentifiers
from broker_reference.store.outbox import Undelivered

_TROUBLE = "robustness/a-partner-registers-while-ctrader-"
_ERROR = f"{_TROUBLE}answers-with-an-error/answers-with-an-error"
_DROPS = f"{_TROUBLE}drops-the-connection/drops-the-connection"
_APPLIED = f"{_TROUBLE}applies-the-call-and-answers-an-error/applies-the-call-and-answers-an-error"
_HANGS_UP = f"{_TROUBLE}applies-the-call-and-hangs-up/applies-the-call-and-hangs-up"
_LIMITED = f"{_TROUBLE}refuses-for-too-many-requests/refuses-for-too-many-requests"


def _passing(rule: Any) -> None:
    original = vars(CTraderError)["passing"]
    replaced = property(lambda self: rule(self, original.fget(self)))
    setattr(CTraderError, "passing", replaced)  # noqa: B010 - mypy knows no other way to replace a property


@mutant(_ERROR, _DROPS, duty="set-survives-outage", verdict="warn", also=(_LIMITED,), played=(_APPLIED, _HANGS_UP))
def never_retried() -> None:
    """A call 3.6 that failed is never repeated."""
    _passing(lambda *_: False)


@mutant(_LIMITED, duty="set-waits-when-limited", verdict="warn", played=(_ERROR, _APPLIED))
def limit_taken_for_a_refusal() -> None:
    """A call 3.6 refused for too many requests is given up."""
    _passing(lambda error, passing: passing and error.http_status != 429)


@mutant(_ERROR, _DROPS, duty="set-survives-outage", verdict="warn", also=(_LIMITED,), played=(_APPLIED,))
def given_up_after_one_retry() -> None:
    """A call 3.6 is repeated once and then given up."""

    @instead_of(Outbox, "_record_failure")
    def record_failure(original: Any, self: Outbox, queue: Any, row: Any, error: CTraderError) -> None:
        if queue.attempts(row) == 0:
            original(self, queue, row, error)
            return
        with self._database.write() as connection:
            queue.mark_failed(connection, row, str(error))


@mutant(_APPLIED, _HANGS_UP, duty="set-idempotent", verdict="warn", also=(_ERROR, _DROPS, _LIMITED))
def another_identifier_at_each_try() -> None:
    """A call 3.6 whose answer was lost is repeated with another identifier."""

    @instead_of(PartnerIdentifiers, "make")
    def make(original: Any, self: PartnerIdentifiers, ctrader: Any, row: Undelivered) -> None:
        tried = replace(row, identifier=f"{row.identifier}-{row.attempts}") if row.attempts else row
        original(self, ctrader, tried)
