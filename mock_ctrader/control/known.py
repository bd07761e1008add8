"""What a path of the control API names: it is found, or answered 404."""

from mock_ctrader import errors
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Transaction, sandboxes


def known_sandbox(transaction: Transaction, sandbox_id: str) -> Sandbox:
    """The sandbox with this id.

    Raises:
        CTraderError: 404 `SANDBOX_NOT_FOUND`.
    """
    sandbox = sandboxes.find(transaction, sandbox_id)
    if sandbox is None:
        raise errors.sandbox_not_found(sandbox_id)
    return sandbox


def number_in(text: str) -> int | None:
    """The number that a part of a path is, as the store counts; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
