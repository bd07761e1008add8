"""The tests of tests/http/test_isolation.py on PostgreSQL; what freeing leaves is looked at in test_state.py."""

from tests.http.test_isolation import *

del TestFreeing  # noqa: F821
