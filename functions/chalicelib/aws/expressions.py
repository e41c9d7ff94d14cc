"""Conditions and changes as DynamoDB's expression language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.aws.table import Absent, AtLeast, AtMost, Condition, Equals, Exists, Has, Lacks, OneOf, Update


class Expression:
    """Collects the placeholders of one request; every name is one, so no reserved word bites."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def condition(self, conditions: Sequence[Condition]) -> str:
        return " AND ".join(self._one(condition) for condition in conditions)

    def update(self, update: Update) -> str:
        sets = [f"{self._path(path)} = {self._value(value)}" for path, value in update.set.items()]
        for path, value in update.default.items():
            name = self._path(path)
            sets.append(f"{name} = if_not_exists({name}, {self._value(value)})")
        for path, values in update.append.items():
            name = self._path(path)
            sets.append(f"{name} = list_append(if_not_exists({name}, {self._value([])}), {self._value(list(values))})")
        adds = [f"{self._path(path)} {self._value(value)}" for path, value in update.add.items()]
        adds += [f"{self._path(path)} {self._value(members)}" for path, members in update.join.items()]
        removes = [self._path(path) for path in update.remove]
        deletes = [f"{self._path(path)} {self._value(members)}" for path, members in update.leave.items()]
        clauses = {"SET": sets, "ADD": adds, "REMOVE": removes, "DELETE": deletes}
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items() if parts)

    def _one(self, condition: Condition) -> str:
        match condition:
            case Exists(path):
                return f"attribute_exists({self._path(path)})"
            case Absent(path):
                return f"attribute_not_exists({self._path(path)})"
            case Equals(path, value):
                return f"{self._path(path)} = {self._value(value)}"
            case OneOf(path, values):
                return f"{self._path(path)} IN ({', '.join(self._value(value) for value in values)})"
            case AtMost(path, value):
                return f"{self._path(path)} <= {self._value(value)}"
            case AtLeast(path, value):
                return f"{self._path(path)} >= {self._value(value)}"
            case Has(path, member):
                return f"contains({self._path(path)}, {self._value(member)})"
            case Lacks(path, member):
                name = self._path(path)
                return f"(attribute_not_exists({name}) OR NOT contains({name}, {self._value(member)}))"

    def _path(self, path: str) -> str:
        return ".".join(self._name(part) for part in path.split("."))

    def _name(self, name: str) -> str:
        for placeholder, known in self.names.items():
            if known == name:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder

    def _value(self, value: Any) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder
