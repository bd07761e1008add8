"""The plan robustness: outages, odd links, odd people."""

from pytest_bdd import scenarios

from mock_ctrader.conformance.catalogue import features_of

scenarios(*map(str, features_of("robustness")))
