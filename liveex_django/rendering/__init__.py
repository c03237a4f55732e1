"""
Django templates that render to a tree, so that what changed between two renders is known.

``compile_template(template).render(context)`` gives a ``Rendered``; ``diff(old, new)`` what a browser has to change;
``find_regions`` the parts of a page that are live.
"""

from .bindings import Names
from .components import DEFAULT_SLOT, PASSED_ON, SLOTS, ComponentNode, Fill, SlotNode
from .diff import diff, full
from .evaluation import keep_own
from .hosted import HostedNode
from .names import Reads
from .purity import pure
from .regions import Region, RegionNode, find_regions, parse_region
from .rendered import Hosted, Rendered
from .shared_diff import SharedChanges
from .surroundings import namespace_of
from .template import LiveTemplate, compile_template

__all__ = [
    "DEFAULT_SLOT",
    "PASSED_ON",
    "SLOTS",
    "ComponentNode",
    "Fill",
    "Hosted",
    "HostedNode",
    "LiveTemplate",
    "Names",
    "Reads",
    "Region",
    "RegionNode",
    "Rendered",
    "SharedChanges",
    "SlotNode",
    "compile_template",
    "diff",
    "find_regions",
    "full",
    "keep_own",
    "namespace_of",
    "parse_region",
    "pure",
]
