"""
Django templates that render to a tree, so that what changed between two renders is known.

``compile_template(template).render(context)`` gives a ``Rendered``; ``diff(old, new)`` what a browser has to change;
``find_regions`` the parts of a page that are live.
"""

from .diff import diff, full
from .hosted import HostedNode
from .purity import pure
from .regions import Region, RegionNode, find_regions, parse_region
from .rendered import Hosted, Rendered
from .template import LiveTemplate, compile_template

__all__ = [
    "Hosted",
    "HostedNode",
    "LiveTemplate",
    "Region",
    "RegionNode",
    "Rendered",
    "compile_template",
    "diff",
    "find_regions",
    "full",
    "parse_region",
    "pure",
]
