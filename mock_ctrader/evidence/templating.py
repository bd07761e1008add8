"""Templates of files and drawings, which no web framework makes; everything put into them is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def templates_of(package: str) -> Environment:
    """The folder `templates` of a package; a name that a template does not know is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def style_sheets(package: str, *names: str) -> str:
    """The text of style sheets beside the templates, one after the other."""
    environment = templates_of(package)
    loader = environment.loader
    assert loader is not None  # given above
    return "\n".join(loader.get_source(environment, name)[0] for name in names)
