"""The tests of tests/http/test_rules.py on PostgreSQL."""

from tests.http.test_rules import *
