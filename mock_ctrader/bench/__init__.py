"""Measures the mock against its own floor and against other mocks: `make bench`. No part of the wheel or of the tests."""
