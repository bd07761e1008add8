"""The reference broker with one planted defect each: what the conformance harness must find, and where."""
