"""Other mocks, from package registries: installed once into `.bench`, outside everything that is packaged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mock_ctrader.bench.load import Shape
from mock_ctrader.bench.targets import REFERRAL, USERS, Server, asked, referral_shapes
from mock_ctrader.resources import resource

HOME = Path(".bench").absolute()
_NODE = HOME / "node"
_BIN = _NODE / "node_modules" / ".bin"
_MOTO = HOME / "moto"
_PACKAGES = {
    "WireMock": "wiremock@3",
    "Prism": "@stoplight/prism-cli@5",
    "json-server": "json-server@0.17",
    "Mockoon": "@mockoon/cli@9",
}


def installed(say: Callable[[str], None]) -> tuple[list[Server], list[str]]:
    """The peers that are there or can be installed, and what keeps the others away."""
    servers: list[Server] = []
    missing: list[str] = []
    for name, (present, install, server) in _PEERS.items():
        if not present.exists():
            say(f"installing {name} into {HOME}")
            problem = install()
            if problem or not present.exists():
                missing.append(f"{name}: not installed ({problem or 'nothing came'})")
                continue
        servers.append(server())
    return servers, missing


def _run(command: list[str]) -> str:
    """Run an installation; why it failed, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return done.stderr.strip().splitlines()[-1] if done.returncode and done.stderr.strip() else ""


def _npm(name: str) -> Callable[[], str]:
    def install() -> str:
        _NODE.mkdir(parents=True, exist_ok=True)
        return _run(["npm", "install", "--prefix", str(_NODE), "--no-audit", "--no-fund", _PACKAGES[name]])

    return install


def _pip() -> str:
    return _run([sys.executable, "-m", "venv", str(_MOTO)]) or _run(
        [str(_MOTO / "bin" / "pip"), "install", "--quiet", "moto[server,s3]>=5,<6"]
    )


def _wiremock() -> Server:
    def stub(method: str, user: str) -> dict[str, Any]:
        return {
            "request": {"method": method, "urlPath": REFERRAL},
            "response": {
                "status": 200,
                "headers": {"Content-Type": "application/json"},
                "body": '{"userId": {{' + user + "}} }",
                "transformers": ["response-template"],
            },
        }

    def command(port: int, folder: Path) -> list[str]:
        mappings = folder / "mappings"
        mappings.mkdir()
        (mappings / "put.json").write_text(json.dumps(stub("PUT", "jsonPath request.body '$.userId'")))
        (mappings / "get.json").write_text(json.dumps(stub("GET", "request.query.userId")))
        options = [
            "--port",
            str(port),
            "--bind-address",
            "127.0.0.1",
            "--root-dir",
            str(folder),
            "--disable-banner",
        ]
        return [str(_BIN / "wiremock"), *options]

    return Server("WireMock", command, asked(*referral_shapes("t", "BESTBROKERCRM", 1, USERS)))


def _prism() -> Server:
    document = resource("openapi") / "ctrader.yaml"
    return Server(
        "Prism",
        lambda port, _: [str(_BIN / "prism"), "mock", "-h", "127.0.0.1", "-p", str(port), str(document)],
        asked(*referral_shapes("t", "BESTBROKERCRM", 1, USERS)),
    )


def _resource_shapes() -> tuple[Shape, Shape]:
    body = '{"id": "{of}", "brokerCrmName": "BESTBROKERCRM", "partnerId": "IB-{n}"}'
    return (
        Shape("PUT", "/referral/{of}", body, 1, USERS),
        Shape("GET", "/referral/{of}", "", 1, USERS),
    )


def _records() -> list[dict[str, str]]:
    return [
        {"id": str(nth), "brokerCrmName": "BESTBROKERCRM", "partnerId": f"IB-{nth}"} for nth in range(1, USERS + 1)
    ]


def _json_server() -> Server:
    def command(port: int, folder: Path) -> list[str]:
        (folder / "db.json").write_text(json.dumps({"referral": _records()}))
        return [str(_BIN / "json-server"), "--quiet", "--port", str(port), str(folder / "db.json")]

    return Server("json-server", command, asked(*_resource_shapes()))


def _mockoon() -> Server:
    def command(port: int, folder: Path) -> list[str]:
        answer = {
            "uuid": "00000000-0000-4000-8000-000000000001",
            "body": "{}",
            "bodyType": "DATABUCKET",
            "databucketID": "refs",
            "crudKey": "id",
            "statusCode": 200,
            "default": True,
            "headers": [],
            "rules": [],
            "rulesOperator": "OR",
            "callbacks": [],
            "latency": 0,
            "label": "",
            "filePath": "",
            "sendFileAsBody": False,
            "disableTemplating": False,
            "fallbackTo404": False,
        }
        route = {
            "uuid": "00000000-0000-4000-8000-000000000002",
            "type": "crud",
            "documentation": "",
            "method": "",
            "endpoint": "referral",
            "responses": [answer],
            "responseMode": None,
            "streamingMode": None,
            "streamingInterval": 0,
        }
        environment = {
            "uuid": "00000000-0000-4000-8000-000000000003",
            "lastMigration": 33,
            "name": "bench",
            "port": port,
            "hostname": "127.0.0.1",
            "endpointPrefix": "",
            "latency": 0,
            "folders": [],
            "routes": [route],
            "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
            "proxyMode": False,
            "proxyHost": "",
            "proxyRemovePrefix": False,
            "tlsOptions": {"enabled": False},
            "cors": False,
            "headers": [],
            "proxyReqHeaders": [],
            "proxyResHeaders": [],
            "data": [
                {
                    "uuid": "00000000-0000-4000-8000-000000000004",
                    "id": "refs",
                    "name": "refs",
                    "documentation": "",
                    "value": json.dumps(_records()),
                }
            ],
            "callbacks": [],
        }
        file = folder / "environment.json"
        file.write_text(json.dumps(environment))
        return [str(_BIN / "mockoon-cli"), "start", "--disable-log-to-file", "--data", str(file)]

    return Server("Mockoon", command, asked(*_resource_shapes()))


def _moto() -> Server:
    # its nearest equivalent is an object of S3; it looks for a signature, but does not verify it
    signed = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": signed}
    bucket = Shape("PUT", "/bench", headers=headers)
    body = '{"partnerId": "IB-{n}"}'
    shapes = (
        Shape("PUT", "/bench/{of}", body, 1, USERS, headers),
        Shape("GET", "/bench/1", "", 1, USERS, headers),
    )
    return Server(
        "moto",
        lambda port, _: [str(_MOTO / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        asked(bucket, Shape("PUT", "/bench/1", body), *shapes),
    )


_PEERS: dict[str, tuple[Path, Callable[[], str], Callable[[], Server]]] = {
    "WireMock": (_BIN / "wiremock", _npm("WireMock"), _wiremock),
    "Prism": (_BIN / "prism", _npm("Prism"), _prism),
    "json-server": (_BIN / "json-server", _npm("json-server"), _json_server),
    "Mockoon": (_BIN / "mockoon-cli", _npm("Mockoon"), _mockoon),
    "moto": (_MOTO / "bin" / "moto_server", _pip, _moto),
}
