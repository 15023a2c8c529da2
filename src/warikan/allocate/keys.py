"""What rules read, as key columns ``_k0, _k1, ...``: the names of tags differ only by case in real bills."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import ibis.expr.types as ir

from warikan.engine.column import Column, Operand
from warikan.engine.condition import AllOf, Among, AnyOf, Comparison, Condition, Constant, IsNull, Like, Not
from warikan.engine.predicate import operand_value


@dataclass(frozen=True)
class Keys:
    """Operands with a column name each: DuckDB cannot tell ``Tags['Team']`` from ``Tags['team']``."""

    operands: tuple[Operand, ...]

    @classmethod
    def of(cls, operands: Iterable[Operand]) -> "Keys":
        """Each operand once, in the order of the first mention."""
        return cls(tuple(dict.fromkeys(operands)))

    @cached_property
    def columns(self) -> Mapping[Operand, Column]:
        """Operand → the key column that holds its values."""
        return {o: Column(f"_k{i}", o.kind) for i, o in enumerate(self.operands)}

    def values(self, table: ir.Table) -> dict[str, ir.Value]:
        """Key column name → its values in *table*."""
        return {column.id: operand_value(operand, table) for operand, column in self.columns.items()}

    def rewrite(self, condition: Condition) -> Condition:
        """*condition* over the key columns instead of the operands."""
        match condition:
            case AllOf(parts) | AnyOf(parts):
                return replace(condition, parts=tuple(self.rewrite(p) for p in parts))
            case Not(part):
                return Not(self.rewrite(part))
            case Comparison(left, _, right):
                other = self.columns[right] if isinstance(right, Operand) else right
                return replace(condition, left=self.columns[left], right=other)
            case Among(left) | Like(left) | IsNull(left):
                return replace(condition, left=self.columns[left])
            case Constant():
                return condition
