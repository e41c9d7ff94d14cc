"""Client companies for tests: the samples of the repository, and small changes to them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import read_files
from chalicelib.tenancy.service.reading import Mistake, read_tenant

FOLDER = Path(__file__).resolve().parents[2] / "tenants"


@cache
def sample(name: str) -> Tenant:
    """plumber (voice only), shop (every channel, never closed) or clinic (own team, two languages)."""
    return read_files({f"{name}.toml": text_of(name)})[0]


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def plain_of(name: str, /, **changes: Any) -> dict[str, Any]:
    """A sample as TOML reads it; `plan__voice__minimum=5` sets a key within, `None` takes it away."""
    plain = tomllib.loads(text_of(name))
    for path, value in changes.items():
        *parents, last = path.split("__")
        table = plain
        for parent in parents:
            table = table.setdefault(parent, {})
        if value is None:
            del table[last]
        else:
            table[last] = value
    return plain


def changed(name: str, tenant_id: str = "", /, **changes: Any) -> Tenant:
    tenant, mistakes = read_tenant(tenant_id or name, plain_of(name, **changes))
    assert tenant is not None, mistakes
    return tenant


def mistakes_of(name: str, /, **changes: Any) -> list[Mistake]:
    return read_tenant(name, plain_of(name, **changes))[1]
