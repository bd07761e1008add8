"""Measures the mock against its floor and against other mocks: `make bench`. No part of the wheel or the tests."""
