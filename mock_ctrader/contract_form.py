"""`python -m mock_ctrader.contract_form`: writes the documents of the contract as JSON, beside their YAML.

The YAML is what people write and read. A server reads the same as JSON, in a fiftieth of the time.
"""

import json
from pathlib import Path

import yaml

from mock_ctrader.resources import resource

# Brokers and cTrader are held to two of them; tests hold the control API to the third.
DOCUMENTS = ("ctrader", "broker", "control")


def as_json(document: Path) -> str:
    """The text of the JSON form of a document, given the path of its YAML."""
    loaded = yaml.safe_load(document.read_text(encoding="utf-8"))
    return json.dumps(loaded, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for name in DOCUMENTS:
        source = resource("openapi") / f"{name}.yaml"
        source.with_suffix(".json").write_text(as_json(source), encoding="utf-8")
