"""Which ribbons the application shows."""

from typing import Any

import pytest

from mock_ctrader.accounts import Link
from mock_ctrader.errors import CTraderError
from mock_ctrader.ribbons import check_ribbons, visible


def ribbon(title: str, **keys: Any) -> dict[str, Any]:
    return {"title": title, "enabled": True, "action": {"urlinApp": "https://a.example/"}, **keys}


OF_USER = ribbon("user")
OF_BROKER = ribbon("broker", brokerName="B1")
OF_ACCOUNT = ribbon("account", ctidTraderAccountId="7")
ALL = [OF_USER, OF_BROKER, OF_ACCOUNT]


@pytest.mark.parametrize(
    ("ribbons", "account", "broker", "shown"),
    [
        (ALL, 7, "B1", ["account"]),
        (ALL, 8, "B1", ["broker"]),
        (ALL, None, "B1", ["broker"]),
        (ALL, 8, "B2", ["user"]),
        ([OF_ACCOUNT], 8, "B1", []),
        ([OF_USER, OF_ACCOUNT | {"enabled": False}], 7, "B2", ["user"]),
        ([OF_ACCOUNT, ribbon("more", ctidTraderAccountId="7")], 7, "B1", ["account", "more"]),
        ([], None, "B1", []),
    ],
)
def test_account_before_broker_before_user(
    ribbons: list[dict[str, Any]], account: int | None, broker: str, shown: list[str]
) -> None:
    assert [one["title"] for one in visible(ribbons, account, broker)] == shown


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (ribbon("x", action={}), "INVALID_REQUEST"),
        (ribbon("x", action={"urlinApp": "https://a.b/", "urlExternal": "https://a.b/"}), "INVALID_REQUEST"),
        (ribbon("x", brokerName="B9"), "CH_PLANT_INVALID"),
        (ribbon("x", ctidTraderAccountId="9"), "ENTITY_NOT_FOUND"),
        (ribbon("x", ctidTraderAccountId="8"), "INVALID_REQUEST"),
    ],
)
def test_wrong_ribbons(wrong: dict[str, Any], code: str) -> None:
    links = {7: Link(7, 1, 70, "demo"), 8: Link(8, 2, 80, "demo")}
    check_ribbons(ALL, 1, ["B1"], links.get)
    with pytest.raises(CTraderError) as refused:
        check_ribbons([OF_USER, wrong], 1, ["B1"], links.get)
    assert refused.value.code == code
