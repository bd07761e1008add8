"""What the harness keeps of a page holds no secret of its forms."""

import pytest

from mock_ctrader.conformance.trace import veiled_text


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (
            '<input type="hidden" name="csrf_token" value="IjAy.x">',
            '<input type="hidden" name="csrf_token" value="***">',
        ),
        ("<INPUT value='IjAy' name='_token'/>", "<INPUT value=\"***\" name='_token'/>"),
        ("<input name=sessionId value=IjAy>", 'name=sessionId value="***"'),
        ('<meta name="csrf-token" content="IjAy">', '<meta name="csrf-token" content="***">'),
        ('<input name="csrf_token" value="IjAy', 'value="***"'),
        ('<input name="email" value="a@example.net">', '<input name="email" value="a@example.net">'),
        ('<a href="/x?token=IjAyIjAy&a=b">', "&a=b"),
    ],
)
def test_values_of_secret_fields_are_masked(page: str, kept: str) -> None:
    told = veiled_text(page)

    assert kept in told
    assert "IjAy" not in told
