"""The templates of the reports; everything put into them is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def environment() -> Environment:
    """The one environment; a name that a template does not know is an error."""
    return Environment(
        loader=PackageLoader("mock_ctrader.conformance.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def stylesheet(*names: str) -> str:
    """The text of style sheets, to be inlined."""
    loader = environment().loader
    assert loader is not None  # given above
    return "\n".join(loader.get_source(environment(), name)[0] for name in names)
