"""What the project is made of: few dependencies, each with an upper bound, and no secret in the repository."""

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_WANTED = {name: [Requirement(one) for one in given] for name, given in _PROJECT["optional-dependencies"].items()}
_WANTED["run time"] = [Requirement(one) for one in _PROJECT["dependencies"]]

# what the keys of well-known services, private keys and passwords in addresses look like
_SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}"
    r"|\bxox[abprs]-[\w-]{10,}|\bsk-[A-Za-z0-9]{32,}|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\."
    r"|\bAIza[0-9A-Za-z_-]{35}\b|\bpypi-[A-Za-z0-9_-]{50,}"
)

# The first version without the holes that we know of: an audit that needs no network, and knows no newer ones.
_MENDED = {
    "certifi": ("2024.7.4", "CVE-2024-39689"),
    "flask": ("3.1.1", "CVE-2025-47278"),
    "idna": ("3.7", "CVE-2024-3651"),
    "jinja2": ("3.1.6", "CVE-2024-56201, CVE-2024-56326, CVE-2025-27516"),
    "marshmallow": ("4.1.2", "CVE-2025-68480"),
    "pyyaml": ("5.4", "CVE-2020-14343"),
    "requests": ("2.32.4", "CVE-2024-35195, CVE-2024-47081"),
    "urllib3": ("2.6.0", "CVE-2025-50181, CVE-2025-66418, CVE-2025-66471"),
    "waitress": ("3.0.1", "CVE-2024-49768, CVE-2024-49769"),
    "werkzeug": ("3.1.4", "CVE-2024-34069, CVE-2024-49767, CVE-2025-66221"),
}


@pytest.mark.parametrize("group", _WANTED)
def test_every_dependency_has_an_upper_bound(group: str) -> None:
    open_ended = [
        str(one)
        for one in _WANTED[group]
        if not {"<", "<=", "==", "~="} & {part.operator for part in one.specifier}
    ]
    assert open_ended == []
    assert all(one.url is None for one in _WANTED[group])


def test_there_are_few_at_run_time() -> None:
    assert len(_WANTED["run time"]) <= 20


def closure() -> set[str]:
    """Everything that is installed because the mock, the harness or the reference broker needs it."""
    found: set[str] = set()
    left = [one.name for one in _WANTED["run time"]]
    while left:
        name = left.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            needed = [Requirement(one) for one in metadata.requires(name) or []]
            left += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def test_no_version_with_a_known_hole_is_asked_for_or_installed() -> None:
    names = closure()
    assert names >= _MENDED.keys()
    for wanted in _WANTED["run time"]:
        mended, holes = _MENDED.get(wanted.name.lower(), ("0", ""))
        lowest = [Version(part.version) for part in wanted.specifier if part.operator in (">=", "==", "~=")]
        assert max(lowest, default=Version("0")) >= Version(mended), f"{wanted}: {holes}"
    for name, (mended, holes) in _MENDED.items():
        assert Version(metadata.version(name)) >= Version(mended), f"{name} {metadata.version(name)}: {holes}"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git repository")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := _ROOT / name).is_file()]


def test_no_secret_is_in_the_repository() -> None:
    files = tracked()
    assert len(files) > 100
    found = [
        f"{path.relative_to(_ROOT)}: {hit[0][:12]}..."
        for path in files
        if path.name != Path(__file__).name
        for hit in [_SECRETS.search(path.read_text(encoding="utf-8", errors="replace"))]
        if hit
    ]
    assert found == []
    assert not [
        path for path in files if path.name in (".env", "id_rsa", ".netrc") or path.suffix in (".pem", ".key")
    ]


@pytest.mark.parametrize(
    "secret",
    ["-----BEGIN RSA PRIVATE KEY-----", "AKIA" + "A" * 16, "ghp_" + "a" * 36, f"eyJ{'a' * 20}.eyJ{'b' * 20}.c"],
)
def test_a_secret_would_be_found(secret: str) -> None:
    assert _SECRETS.search(f"key = '{secret}'")
