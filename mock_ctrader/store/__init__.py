"""Persistence behind one small interface: `Store`, its transactions, and one class per concept."""

from mock_ctrader.store.engine import Store, Transaction

__all__ = ["Store", "Transaction"]
