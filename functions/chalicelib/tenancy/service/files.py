"""The clients' TOML files: read with every mistake at once, and written so that reading gives the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import tomli_w

from chalicelib.tenancy.model.address import Address
from chalicelib.tenancy.model.plain import to_plain
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.lines import line_of, lines
from chalicelib.tenancy.service.reading import Mistake, read_tenant
from chalicelib.tenancy.service.shares import excesses

SUFFIX = ".toml"
_SCHEMA = "#:schema ./tenant.schema.json\n"
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMistake:
    file: str
    line: int
    key: str
    why: str
    fix: str

    def __str__(self) -> str:
        key = f"{self.key} " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.why}. {self.fix[:1].upper()}{self.fix[1:].rstrip('.')}."


class BadFiles(Exception):
    """At least one file cannot be used; nothing of any of them was applied. `mistakes` has all of them."""

    def __init__(self, mistakes: list[FileMistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


def read_files(files: Mapping[str, str]) -> list[Tenant]:
    """Each file's name (its stem is the client's id) with its text. Raises BadFiles."""
    mistakes: list[FileMistake] = []
    tenants: dict[str, Tenant] = {}
    for file, text in sorted(files.items()):
        tenant, found = _read(file, text)
        mistakes += found
        if tenant is not None:
            tenants[file] = tenant
    mistakes += _claimed_twice(tenants, files)
    mistakes += _shared_out(tenants, files)
    if mistakes:
        raise BadFiles(sorted(mistakes, key=lambda mistake: (mistake.file, mistake.line)))
    return list(tenants.values())


def write_file(tenant: Tenant) -> str:
    """A file that reads back as this very client."""
    return _SCHEMA + tomli_w.dumps(to_plain(tenant), multiline_strings=True)


def tenant_id_of(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(SUFFIX)


def _read(file: str, text: str) -> tuple[Tenant | None, list[FileMistake]]:
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_broken(file, text, str(error))]
    tenant, mistakes = read_tenant(tenant_id_of(file), plain)
    return tenant, _placed(file, text, mistakes) if mistakes else []


def _placed(file: str, text: str, mistakes: Iterable[Mistake]) -> list[FileMistake]:
    found = lines(text)
    return [
        FileMistake(file=file, line=line_of(mistake.path, found), key=mistake.key, why=mistake.why, fix=mistake.fix)
        for mistake in mistakes
    ]


def _broken(file: str, text: str, message: str) -> FileMistake:
    place = _PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    why = f"is not TOML: {_PLACE.sub('', message)}"
    return FileMistake(file=file, line=line, key="", why=why, fix="mend this line; nothing after it could be read")


def _claimed_twice(tenants: Mapping[str, Tenant], files: Mapping[str, str]) -> list[FileMistake]:
    owners: dict[Address, str] = {}
    mistakes = []
    for file, tenant in tenants.items():
        for address in tenant.entry_points.all():
            owner = owners.setdefault(address, file)
            if owner != file:
                why = f"has the {address.kind.value} {address.text}, which is in {owner} too"
                fix = "an address belongs to one client: remove it from one of the files"
                mistakes += _placed(file, files[file], [Mistake(("entry_points",), why, fix)])
    return mistakes


def _shared_out(tenants: Mapping[str, Tenant], files: Mapping[str, str]) -> list[FileMistake]:
    file_of = {tenant.id: file for file, tenant in tenants.items()}
    mistakes = []
    for excess in excesses(tenants.values()):
        file = file_of[excess.client]
        mistakes += _placed(file, files[file], [Mistake(("routing", "share"), excess.why, excess.fix)])
    return mistakes
