"""Which leniencies a set of keys uses."""

from typing import Any

import pytest

from mock_ctrader import leniency
from mock_ctrader.backend import schemas
from mock_ctrader.backend.fields import VendorSchema
from mock_ctrader.errors import CTraderError

TRADER = {"brokerName": "B", "totalMarginCalculationType": "MAX", "balance": 0}
RIBBON = {"enabled": True, "closable": True, "ctidTraderAccountId": "7", "action": {}}


@pytest.mark.parametrize(
    ("schema", "keys", "used"),
    [
        (schemas.CreateUser(), {"email": "a@b.cd", "nickName": "x", "preferredLanguage": "en"}, []),
        (schemas.CreateUser(), {"nickname": "x"}, [("key-spelling", "nickname")]),
        (schemas.CreateUser(), {"preferredLanguage": "EN"}, [("language-case", "preferredLanguage")]),
        (schemas.CreateUser(), {"firstName": None, "x": 1}, [("null", "firstName"), ("unknown-key", "x")]),
        (schemas.ManagerToken(), {"login": "5"}, [("number-as-string", "login")]),
        (schemas.CreateTrader(), TRADER, []),
        (schemas.CreateTrader(), TRADER | {"swapFree": "true"}, [("boolean-as-string", "swapFree")]),
        (
            schemas.CreateTrader(),
            {"contactDetails": {"countryId": "620", "status": ""}},
            [
                ("number-as-string", "contactDetails.countryId"),
                ("unknown-key", "contactDetails.status"),
                ("missing-key", "brokerName"),
                ("missing-key", "totalMarginCalculationType"),
            ],
        ),
        (
            schemas.ChangeBalance(),
            {"login": 1, "preciseAmount": "1", "amount": 100},
            [("number-as-string", "preciseAmount"), ("legacy-key", "amount")],
        ),
        (
            schemas.InAppControls(),
            {"rules": {"ribbons": [RIBBON, RIBBON | {"ctidTraderAccountId": 7, "closable": "false"}]}},
            [
                ("boolean-as-string", "rules.ribbons.1.closable"),
                ("number-for-string", "rules.ribbons.1.ctidTraderAccountId"),
            ],
        ),
    ],
)
def test_of_keys(schema: VendorSchema, keys: dict[str, Any], used: list[tuple[str, str]]) -> None:
    assert [(one.name, one.key) for one in schema.leniencies(keys)] == used


def test_text_by_nature_is_no_leniency() -> None:
    assert schemas.ManagerToken().leniencies({"login": "5"}, text=True) == []


def test_a_strict_sandbox_names_the_keys() -> None:
    leniency.refuse([])
    with pytest.raises(CTraderError) as refused:
        leniency.refuse([leniency.note("null", "firstName"), leniency.note("accept", "Accept")])
    assert (refused.value.status, refused.value.code) == (400, "INVALID_REQUEST")
    assert refused.value.description.startswith("firstName: null")
    assert "; Accept: " in refused.value.description


def test_what_is_noted_stays_short() -> None:
    many = [leniency.note("unknown-key", "k" * 1000)] * 1000
    assert len(str(leniency.noted(many))) < 10_000
