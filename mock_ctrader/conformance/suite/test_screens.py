"""Section 6.2: the broker's screens in Chromium."""

from pytest_bdd import scenarios

from mock_ctrader.conformance.catalogue import features_of

scenarios(*map(str, features_of("screens")))
