"""The python adapter: a class that the user wrote."""

import importlib
import sys
from pathlib import Path

from mock_ctrader.conformance.adapter import Adapter, Surroundings
from mock_ctrader.settings import SettingsError


def load_adapter(name: object, surroundings: Surroundings, folder: Path) -> Adapter:
    """Make the adapter that `module:Class` names; the module is looked for beside broker.toml first.

    Raises:
        SettingsError: there is no such class, or it cannot be used; tells where it was looked for.
    """
    module_name, colon, class_name = name.partition(":") if isinstance(name, str) else ("", "", "")
    if not colon or not module_name or not class_name:
        raise SettingsError(
            f'adapter.class must be "module:Class", such as "my_adapter:NorthwindAdapter", got {name!r}'
        )
    place = str(folder.absolute())
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as problem:
        if problem.name != module_name.partition(".")[0] and problem.name != module_name:
            raise SettingsError(
                f"adapter.class {name}: {module_name} needs {problem.name}, which is not there"
            ) from None
        raise SettingsError(
            f"adapter.class {name}: no module {module_name}, neither in {place} nor installed"
        ) from None
    except Exception as problem:
        raise SettingsError(
            f"adapter.class {name}: {module_name} cannot be imported: {type(problem).__name__}: {problem}"
        ) from problem
    made = getattr(module, class_name, None)
    if not isinstance(made, type) or not issubclass(made, Adapter):
        there = [
            one for one, value in vars(module).items() if isinstance(value, type) and issubclass(value, Adapter)
        ]
        hint = f"there are {', '.join(there)}" if there else "there is none"
        raise SettingsError(
            f"adapter.class {name}: {class_name} is no class in {module.__file__} that derives from "
            f"mock_ctrader.conformance.adapter.Adapter; {hint}"
        )
    return made(surroundings)
