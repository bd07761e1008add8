"""Both attribution flows, all 72 stages, on PostgreSQL and with two processes."""

import os
import subprocess
import sys

from tests.scale.postgresql import PASSWORD, PostgresServer


def test_the_demo_proves_every_stage(postgresql: PostgresServer) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_ctrader", "demo"],
        env={**os.environ, "MOCK_CTRADER_STATE": postgresql.database(), "MOCK_CTRADER_WORKERS": "2"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "72 of 72 stages proved" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
