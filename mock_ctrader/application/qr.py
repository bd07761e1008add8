"""A link as a QR code."""

import segno

# In modules; the standard asks for four on each side.
_QUIET_ZONE = 4
_SCALE = 5


def qr_svg(link: str) -> str | None:
    """An SVG element to stand in a page; None if the link is longer than a QR code holds (2,953 bytes)."""
    try:
        code = segno.make(link, error="l", boost_error=True, micro=False)
    except segno.DataOverflowError:
        return None
    return code.svg_inline(
        scale=_SCALE, border=_QUIET_ZONE, title="QR code of the link", light="#ffffff", omitsize=True
    )
