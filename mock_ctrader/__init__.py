"""Offline mock of the cTrader backend and application, with a conformance harness for brokers."""
