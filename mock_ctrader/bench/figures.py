"""What was measured: medians with their spread, and ratios that are taken within a round."""

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity: the median of its rounds, the smallest and the largest."""

    section: str
    what: str
    server: str
    unit: str
    rounds: list[float]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.rounds)

    def ratio_to(self, other: "Figure") -> float:
        """The median of the ratios, round by round: what disturbs a round disturbs both of its sides."""
        pairs = list(zip(self.rounds, other.rounds, strict=False))
        return statistics.median(mine / theirs for mine, theirs in pairs if theirs)


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio, or a figure, should not exceed.

    Attributes:
        against: another server.
        base: another quantity of our own.
    """

    section: str
    what: str
    against: str | None
    most: float
    base: str | None = None


TARGETS = [
    Target("hot", "PUT 3.6, server CPU", "WireMock", 1.0),
    Target("hot", "PUT 3.6, server CPU", "Prism", 0.6),
    Target("hot", "PUT 3.6, server CPU", "moto", 0.2),
    Target("hot", "PUT 3.6, server CPU", "constant answer", 2.5),
    Target("hot", "GET 3.7, server CPU", "constant answer", 2.0),
    Target("cold", "spawn to first answer", "WireMock", 0.35),
    Target("cold", "CI job, server CPU", "WireMock", 0.25),
    Target("cold", "CI job, server CPU", "Prism", 0.25),
    Target("memory", "after the requests", None, 150),
    Target("jobs", "72 stages after start-up", None, 3),
    Target("jobs", "creating a sandbox", None, 5),
    *(
        Target("growth", f"{what}, p99 at 1,000,000", None, 1.5, f"{what}, p99 at 1,000")
        for what in (
            *("PUT 3.6", "GET 3.7", "journal by userId", "journal by partnerId"),
            *("page of referrals", "page half-way"),
        )
    ),
]


@dataclass(slots=True)
class Results:
    """Everything one run of the bench found."""

    machine: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, section: str, what: str, server: str, unit: str, rounds: list[float]) -> None:
        """Keep one quantity."""
        self.figures.append(Figure(section, what, server, unit, [round(one, 4) for one in rounds]))

    def find(self, section: str, what: str, server: str) -> Figure | None:
        """One quantity, if it was measured."""
        wanted = (section, what, server)
        return next((one for one in self.figures if (one.section, one.what, one.server) == wanted), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine,
            "notes": self.notes,
            "figures": [asdict(one) | {"median": round(one.median, 4)} for one in self.figures],
            "targets": [
                asdict(target) | {"found": None if found is None else round(found, 3)}
                for target, found in self.judged()
            ],
        }

    def judged(self) -> list[tuple[Target, float | None]]:
        """Every target with what was found, or None if it was not measured."""
        judged = []
        for target in TARGETS:
            mine = self.find(target.section, target.what, "mock-ctrader")
            alone = target.against is None and target.base is None
            other = self.find(target.section, target.base or target.what, target.against or "mock-ctrader")
            found = None
            if mine is not None and alone:
                found = mine.median
            elif mine is not None and other is not None:
                found = mine.ratio_to(other)
            judged.append((target, found))
        return judged
