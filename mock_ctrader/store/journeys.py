"""Announced journeys in the store."""

from sqlalchemy import bindparam, func, insert, select

from mock_ctrader.flows import Level
from mock_ctrader.journeys.model import Journey
from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction

_j = schema.journeys
# Ids are texts that end in a number without leading zeros: by length first, they count up.
_ALL = select(_j).where(_j.c.sandbox_id == bindparam("here")).order_by(func.length(_j.c.id), _j.c.id)


def add(transaction: Transaction, sandbox_id: str, journey: Journey) -> None:
    """Keep an announced journey."""
    transaction.run(
        insert(_j).values(
            sandbox_id=sandbox_id,
            id=journey.id,
            flow=journey.flow,
            level=journey.level.value,
            partner_email=journey.partner_email,
            invited_email=journey.invited_email,
        )
    )


def announced(transaction: Transaction, sandbox_id: str) -> list[Journey]:
    """Every announced journey of a sandbox, in the order in which they were announced."""
    return [
        Journey(row["id"], row["flow"], Level(row["level"]), row["partner_email"], row["invited_email"])
        for row in transaction.all(_ALL, {"here": sandbox_id})
    ]
