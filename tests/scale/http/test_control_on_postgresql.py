"""The tests of tests/http/test_control.py on PostgreSQL."""

from tests.http.test_control import *
