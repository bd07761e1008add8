"""The tests of tests/http/test_invite.py on PostgreSQL."""

from tests.http.test_invite import *
