"""What is said of an identifier that did not arrive as it was."""

import pytest

from mock_ctrader.alterations import alteration


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ("IB-7", None),
        (None, "it was dropped"),
        ("", "it was dropped"),
        ("IB-8", "it is another partner's identifier"),
        ("ib-7", "it lost its letters' case"),
        ("XX", "it is another identifier altogether"),
    ],
)
def test_what_happened_to_an_identifier(seen: str | None, told: str | None) -> None:
    assert alteration("IB-7", seen, {"IB-8"}) == told
