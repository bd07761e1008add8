"""The tests of tests/http/test_faults.py on PostgreSQL."""

from tests.http.test_faults import *
