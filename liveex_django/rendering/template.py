"""What the other layers use: a Django template that renders to a tree instead of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.template.base import Template
from django.template.context import Context
from django.template.loader_tags import BlockContext

from .evaluation import Evaluation, announce
from .hosted import collecting_hosted
from .names import Reads, union
from .rendered import Rendered
from .slots import join_text
from .surroundings import surroundings_of
from .through import look_through
from .units import UNDIVIDED, unit_of


class LiveTemplate:
    """
    A compiled template, or the live region in one.

    Cheap to make: what was compiled is kept with the template it was compiled from. One may be used by several
    threads at once.
    """

    def __init__(
        self,
        template: Template,
        # The node whose content is the region; None for the template as a whole.
        region: Any = None,
        # The element around it, when that is known: what may stand in it depends on that.
        inside: str = "",
        # Brings the context into the state it has in the page where the region stands.
        scope: Callable[[Context], AbstractContextManager[None]] | None = None,
        # What fills the blocks of that page.
        blocks: BlockContext | None = None,
    ) -> None:
        self.template = template
        self._owner: Any = template if region is None else region
        self._unit = unit_of(self._owner, template.engine, inside=inside)
        self._scope = scope
        self._blocks = blocks

    @property
    def reads(self) -> Reads:
        """What it reads of the context, with the templates and blocks in it looked into."""
        return look_through(self._owner, self._owner.nodelist, self.template.engine, self._blocks).reads

    def is_current(self, tree: Rendered) -> bool:
        """Whether a tree has the parts that a render makes now; a value that did not fit may have changed them since."""
        return tree.part is self._unit.layout.part

    def reads_beside(self, shared: Rendered) -> Reads:
        """What a view reads for itself when it takes over what is in a shared tree."""
        return union(self._local_reads(shared))

    def _local_reads(self, shared: Rendered) -> Iterator[Reads]:
        for number in shared.memo.local:
            value, slot = shared.values[number], shared.part.slots[number]
            if isinstance(value, Rendered):
                yield slot.arguments
                yield from self._local_reads(value)
            elif slot.is_nesting or slot.shows_unit:
                yield look_through(slot, [slot.node], self.template.engine, self._blocks).reads
            else:
                yield slot.reads

    def render(self, context: Context, previous: Rendered | None = None, shared: Rendered | None = None) -> Rendered:
        """
        The template in this context; ``str()`` of it is what ``template.render(context)`` gives, byte for byte.

        ``previous`` is what an earlier render gave, and ``shared`` what :meth:`render_shared` gave: what they have in
        common with this one is taken from there.
        """
        surroundings = surroundings_of(context)
        with self._entered(context) as is_announced:
            if not is_announced:
                replaced: Any = self.template
                return Rendered(UNDIVIDED, (join_text(replaced._render(context)),))
            before = previous if _is_under(previous, surroundings) else None
            common = shared if _is_under(shared, surroundings) else None
            return Evaluation(self._unit, surroundings).run(context, before, common)

    def render_shared(
        self, context: Context, local: frozenset[str], previous: Rendered | None = None
    ) -> Rendered | None:
        """
        What is the same in every context that has these names bound to the same, but for the names in ``local``.

        ``context`` has none of those. ``previous`` is what an earlier call for the same local names gave. None when nothing
        can be shared.
        """
        surroundings = surroundings_of(context)
        with self._entered(context) as is_announced:
            if not is_announced:
                return None
            evaluation = Evaluation(self._unit, surroundings, local)
            tree = evaluation.run(context, previous if _is_under(previous, surroundings) else None)
            return None if evaluation.is_misfit else tree

    @contextmanager
    def _entered(self, context: Context) -> Iterator[bool]:
        """The context as it is where the template stands; gives whether it may be taken apart."""
        with collecting_hosted(context), bound(self.template, context):
            if self._scope is None:
                yield announce(self.template, context)
                return
            with self._scope(context):
                yield True


def _is_under(tree: Rendered | None, surroundings: tuple[object, ...]) -> bool:
    """Whether a tree was rendered under these surroundings."""
    return tree is not None and tree.memo is not None and tree.memo.surroundings == surroundings


def compile_template(template: Any, inside: str = "") -> LiveTemplate:
    """
    Compile a ``django.template.Template``, or what ``django.template.loader.get_template`` gives.

    ``inside`` is the element that the result will stand in, when that is known.

    Raises:
        TypeError: It is not of Django's own engine.
    """
    return LiveTemplate(unwrap(template), inside=inside)


def unwrap(template: Any) -> Template:
    """The template itself, from the wrapper that a backend puts around it."""
    found = getattr(template, "template", template)
    if not isinstance(found, Template):
        raise TypeError(
            f"{type(template).__name__} is not a template of Django's own engine, so it cannot be taken apart. "
            "Load it with the DjangoTemplates backend: TEMPLATES in settings.py names the backends."
        )
    return found


@contextmanager
def bound(template: Template, context: Context) -> Iterator[None]:
    """The context made ready to render ``template``, as ``Template.render`` does."""
    with context.render_context.push_state(template):
        if context.template is not None:
            yield
            return
        with context.bind_template(template):
            context.template_name = template.name
            yield
