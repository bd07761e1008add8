"""XML in and out."""

from xml.etree import ElementTree

import pytest

from mock_ctrader.backend.xml import parse_xml, to_xml
from mock_ctrader.errors import CTraderError


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        ("<a><login>5</login></a>", {"login": "5"}),
        ("<a><b/><c></c></a>", {"b": "", "c": ""}),
        ("<a><b>x &amp; &#233;<![CDATA[<y>]]></b></a>", {"b": "x & é<y>"}),
        ("<a>\n  <b>\n<c>1</c></b>\n</a>", {"b": {"c": "1"}}),
        ('<n:a xmlns:n="urn:x" k="v"><n:b>1</n:b></n:a>', {"b": "1"}),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a><b>\xe9</b></a>', {"b": "é"}),
        ("<a>text</a>", {}),
    ],
)
def test_elements_are_keys(document: str, keys: dict[str, object]) -> None:
    assert parse_xml(document.encode("latin-1")) == keys


@pytest.mark.parametrize(
    "document",
    [
        "",
        "not xml",
        "<a><b></a>",
        "<a/><a/>",
        "<a><b>1</b><b>2</b></a>",
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a [<!ENTITY x "y">]><a><b>&x;</b></a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>&undefined;</a>",
        "<a>" + "<b>" * 25 + "</b>" * 25 + "</a>",
        "<a>\x00</a>",
        '<?xml version="1.0" encoding="no-such"?><a/>',
    ],
)
def test_anything_else_is_refused(document: str) -> None:
    with pytest.raises(CTraderError) as refused:
        parse_xml(document.encode())
    assert (refused.value.status, refused.value.code) == (400, "INVALID_REQUEST")
    assert refused.value.description.startswith("body: not valid XML")


def test_an_answer_can_be_read_back() -> None:
    text = to_xml("root", {"n": 5, "yes": True, "t": "a<b & \x01\ud800\U0001f600", "list": [{"x": 1}, {"x": 2}]})
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "root"
    assert [(child.tag, child.text) for child in root][:3] == [
        ("n", "5"),
        ("yes", "true"),
        ("t", "a<b & \ufffd\ufffd\U0001f600"),
    ]
    assert [member.findtext("x") for member in root.findall("list")] == ["1", "2"]
