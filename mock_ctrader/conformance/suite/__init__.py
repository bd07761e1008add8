"""The attribution features bound to the harness; run by `mock-ctrader verify` and by the project's own tests."""
