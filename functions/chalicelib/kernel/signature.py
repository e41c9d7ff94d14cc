"""Who did something, as it is kept: `Fiona Finance <e188454b-…>`. People read the name, an audit goes by the id."""

from __future__ import annotations

from typing import NamedTuple


class Signature(NamedTuple):
    """`id` is empty where nobody signed in: a file was applied, or the system did it."""

    name: str
    id: str

    def __str__(self) -> str:
        return f"{self.name} <{self.id}>" if self.id else self.name

    @staticmethod
    def parse(text: str) -> Signature:
        """What is not written like one is a name."""
        name, opened, rest = text.rpartition(" <")
        if not opened or not rest.endswith(">"):
            return Signature(text, "")
        return Signature(name, rest.removesuffix(">"))


def name_in(signature: str) -> str:
    """What people call whoever signed."""
    return Signature.parse(signature).name
