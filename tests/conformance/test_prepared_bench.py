"""The bench that the features are played on where no `verify` prepared one."""

import pytest

from mock_ctrader.conformance.scene import Scene
from mock_ctrader.conformance.target import TARGET_VARIABLE, prepared_bench


def test_a_suite_that_nobody_prepared_has_a_mock_and_a_reference_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TARGET_VARIABLE, raising=False)
    with prepared_bench() as bench:
        scene = Scene(bench)
        member = scene.sign_up()
        assert member.app.profile()["userId"] == scene.user_id(member)
