"""Flow 1 and flow 2: one scenario per numbered stage, at both levels."""

from pytest_bdd import scenarios

from mock_ctrader.resources import resource

_FEATURES = resource("features") / "attribution"

scenarios(str(_FEATURES / "flow_1_new_partner.feature"), str(_FEATURES / "flow_2_existing_partner.feature"))
