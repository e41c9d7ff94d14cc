"""What the rules of a configuration say to each other: texts in every language, and what is there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from chalicelib.tenancy.model.menu import Texts
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.billable import Disagreement, Path


def every_language(tenant: Tenant, path: Path, texts: Texts) -> Iterator[Disagreement]:
    for language in tenant.languages:
        if language not in texts:
            yield (*path, language), "is missing", f"add the text in {language!r}, a language of this client"
    for language in texts:
        if language not in tenant.languages:
            yield (*path, language), "is no language of this client", f"{allowed(tenant.languages)}, or remove it"


def all_or_none(tenant: Tenant, path: Path, texts: Texts) -> Iterator[Disagreement]:
    """Texts in place of which we have words of our own."""
    if texts:
        yield from every_language(tenant, path, texts)


def twice(values: Iterable[Hashable]) -> list[Any]:
    return [value for value, times in Counter(values).items() if times > 1]


def allowed(known: Iterable[str]) -> str:
    return f"allowed are: {', '.join(known) or '(none)'}"
