"""Flow 1 and flow 2: one scenario per numbered stage, at both levels."""

from pytest_bdd import scenarios

from mock_ctrader.conformance.catalogue import features_of

scenarios(*map(str, features_of("attribution")))
