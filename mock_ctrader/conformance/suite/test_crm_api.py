"""The plan crm-api: calls 4.1 to 4.5, section 6.1."""

from pytest_bdd import scenarios

from mock_ctrader.conformance.catalogue import features_of

scenarios(*map(str, features_of("crm-api")))
