"""The register of duties: what a broker must do, where that is written, and what to do if it does not."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "duties.toml"
DOCUMENTED = ("seed", "docs")
# cases of section 6 that the vendor documents, but does not insist on
OPTIONAL = "docs, optional"
PROVENANCES = (*DOCUMENTED, OPTIONAL, "client code", "recommendation")


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of a broker.

    Attributes:
        id: what verdicts, mutants and known issues call it.
        text: the duty in one sentence.
        source: the vendor's section, and our ruling where there is one.
        provenance: seed; docs; "docs, optional"; client code; or recommendation.
        advice: what the broker's developer can do, in one sentence.
    """

    id: str
    text: str
    source: str
    provenance: str
    advice: str

    @property
    def documented(self) -> bool:
        """Whether breaking it is a failure; what is optional, inferred or only seen in code is a warning."""
        return self.provenance in DOCUMENTED


@cache
def duties() -> dict[str, Duty]:
    """Every duty by its id."""
    found: dict[str, Duty] = {}
    for duty_id, values in tomllib.loads(_FILE.read_text(encoding="utf-8")).items():
        found[duty_id] = Duty(duty_id, **values)
        if found[duty_id].provenance not in PROVENANCES:
            raise ValueError(f"{_FILE.name}: {duty_id}.provenance: {found[duty_id].provenance!r}")
    return found
