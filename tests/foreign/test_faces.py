"""The two faces of the login/signup screen, however a broker shows them (6.3.7)."""

from collections.abc import Iterator

import pytest

from mock_ctrader.conformance.faces import other_face, read_face
from mock_ctrader.conformance.trace import Trace
from tests.foreign.odd_broker import running

_ID = "IB+7 Q"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as broker:
        yield broker[0]


@pytest.mark.parametrize(
    ("screen", "buttons"),
    [
        ("/tabs?firstLogin=false", "Join"),  # both forms are on the page, links choose
        ("/tabs?firstLogin=false&script=1", "Join"),  # both forms are on the page, a script chooses
        ("/alike/login?firstLogin=false", "join"),  # both forms ask for the same
    ],
)
def test_the_other_face_is_found(url: str, screen: str, buttons: str) -> None:
    opened = read_face(f"{url}{screen}&partnerId=IB%2B7%20Q", Trace())
    found = other_face(opened, Trace())
    assert found is not None
    assert found.form.buttons == (buttons,)
    assert found.carries(_ID)


def test_a_tab_that_loses_the_identifier_is_noticed(url: str) -> None:
    opened = read_face(f"{url}/tabs?firstLogin=false&drop=1&partnerId=IB%2B7%20Q", Trace())
    found = other_face(opened, Trace())
    assert found is not None
    assert not found.carries(_ID)


def test_one_face_in_another_language_is_not_the_other(url: str) -> None:
    opened = read_face(f"{url}/redirect-to-login", Trace())
    assert opened.form.fields
    assert other_face(opened, Trace()) is None
