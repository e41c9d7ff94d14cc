"""What the local deployment adds to the emulator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.local.deploy import Failed, binary_types

BYTES = ["application/octet-stream", "audio/wav"]
API = {"Type": "Api", "Properties": {"DefinitionBody": {"x-amazon-apigateway-binary-media-types": BYTES}}}


def test_what_is_handed_out_as_bytes_is_what_the_api_s_definition_says(tmp_path: Path) -> None:
    (tmp_path / "a.template.json").write_text(json.dumps({"Resources": {"Table": {"Type": "Table"}}}))
    (tmp_path / "b.template.json").write_text(json.dumps({"Resources": {"Api": API}}))
    assert binary_types(tmp_path) == BYTES


def test_a_deployment_without_an_api_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no API"):
        binary_types(tmp_path)
