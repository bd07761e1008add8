"""Where the feature files and the contracts are: inside the wheel, or beside the package in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The folder `features` or `openapi`.

    Raises:
        FileNotFoundError: neither place has it; names both.
    """
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}: neither in {_PACKAGE} nor in {_PACKAGE.parent}")


def reference_broker_file() -> Path:
    """The broker.toml of the bundled reference broker, which is installed beside this package."""
    return _PACKAGE.parent / "broker_reference" / "broker.toml"
