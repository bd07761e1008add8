"""The tests of tests/http/test_sign_in.py on PostgreSQL."""

from tests.http.test_sign_in import *
