"""The plan functional: cases 6.3.1 to 6.3.9."""

from pytest_bdd import scenarios

from mock_ctrader.conformance.catalogue import features_of

scenarios(*map(str, features_of("functional")))
