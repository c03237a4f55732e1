"""How the value of a component, and of a slot in its template, is made from the context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.context import Context

from .annotate import annotate
from .components import PASSED_ON, ComponentNode, SlotNode
from .includes import engine_of
from .names import CHANCE, reads_of_expression, union
from .rendered import Value
from .slots import Changed, Slot

if TYPE_CHECKING:
    from .evaluation import Evaluation


class ComponentSlot(Slot):
    """``{% live_component %}``: the value is the part of the component's template."""

    shows_unit = True

    def __init__(self, node: ComponentNode) -> None:
        self.node = node
        self.arguments = union(map(reads_of_expression, node.attributes.values()))

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            template = self.node.find(engine_of(context))
            return evaluation.include(self, template, self.node.enter(context), old)
        except Exception as error:
            annotate(error, self.node, context)
            raise

    def local_inside(self, local: frozenset[str]) -> frozenset[str]:
        return local & PASSED_ON


class FillSlot(Slot):
    """``{% slot %}``: the value is the part of what the caller gave, or of what stands in the tag."""

    shows_unit = True
    # What it shows is the caller's, and reads what that has: nothing that the template of the component could tell.
    arguments = CHANCE

    def __init__(self, node: SlotNode) -> None:
        self.node = node

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            shown, scope = self.node.fill(context)
            with scope.push():
                return evaluation.include(self, shown, scope, old)
        except Exception as error:
            annotate(error, self.node, context)
            raise
