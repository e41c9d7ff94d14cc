"""What the local deployment adds to the emulator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.local import deploy as deployment
from infra.local.deploy import Failed, binary_types
from infra.local.home import Home

BYTES = ["application/octet-stream", "audio/wav"]
API = {"Type": "Api", "Properties": {"DefinitionBody": {"x-amazon-apigateway-binary-media-types": BYTES}}}


def test_what_is_handed_out_as_bytes_is_what_the_api_s_definition_says(tmp_path: Path) -> None:
    (tmp_path / "a.template.json").write_text(json.dumps({"Resources": {"Table": {"Type": "Table"}}}))
    (tmp_path / "b.template.json").write_text(json.dumps({"Resources": {"Api": API}}))
    assert binary_types(tmp_path) == BYTES


def test_a_deployment_without_an_api_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no API"):
        binary_types(tmp_path)


@pytest.mark.parametrize(("there", "kept"), [(True, {"seeded": "samples", "seeded_at": 8080}), (False, {})])
def test_new_sources_leave_what_was_applied_and_a_new_emulator_is_filled(
    there: bool, kept: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made live since the samples must not be taken back because the code is new."""
    home = Home(tmp_path)
    home.prepare()
    home.keep_built({"synthesized": "old", "deployed": "old", "seeded": "samples", "seeded_at": 8080})
    monkeypatch.setattr(deployment, "deployed", lambda home: there)
    for name in ("demand_node", "synthesize", "finish"):
        monkeypatch.setattr(deployment, name, lambda *words, **more: None)
    monkeypatch.setattr(
        deployment, "_cdk", lambda home, *words: Path(words[-1]).write_text("{}") if words[0] == "deploy" else None
    )
    assert deployment.deploy(home, lambda said: None)
    built = home.built()
    assert {name: built[name] for name in ("seeded", "seeded_at") if name in built} == kept
    assert built["deployed"] == deployment.fingerprint()
