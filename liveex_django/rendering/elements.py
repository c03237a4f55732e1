"""
What a browser knows about elements: which have no end tag, which close which, which hold only text.

From https://html.spec.whatwg.org/multipage/parsing.html, "Tree construction". Only names that matter for where a slot
may stand.
"""

from __future__ import annotations

from .part import Kind


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


VOID = _names(
    "area base basefont bgsound br col embed frame hr img image input keygen link meta param source track wbr"
)

# The parser reads their content as text; what is in them can hold no comment.
RAW: dict[str, Kind] = {
    "title": Kind.TEXT,
    "textarea": Kind.TEXTAREA,
    "style": Kind.RAW_TEXT,
    "script": Kind.RAW_TEXT,
    "xmp": Kind.RAW_TEXT,
    "iframe": Kind.RAW_TEXT,
    "noembed": Kind.RAW_TEXT,
    "noframes": Kind.RAW_TEXT,
    # As a browser with scripts reads it, which is the one that receives patches.
    "noscript": Kind.RAW_TEXT,
}

# A start tag of these ends an open <p>.
P_CLOSERS = _names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer header hgroup "
    "main menu nav ol p search section summary ul h1 h2 h3 h4 h5 h6 pre listing form li dd dt plaintext hr table xmp"
)
RUBY = _names("rb rt rtc rp")
HEADINGS = _names("h1 h2 h3 h4 h5 h6")

# Reopened by the parser when something else ended them: from there on the tree is not what the tags say.
FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")

# Where the search for an open element ends, by the kind of search.
SCOPE = _names(
    "applet caption html marquee object table td template th foreignobject desc annotation-xml mi mn mo ms mtext"
)
BUTTON_SCOPE = SCOPE | {"button"}
LIST_SCOPE = SCOPE | {"ol", "ul"}
TABLE_SCOPE = _names("html table template")
# Formatting elements outside of these are not reopened inside.
MARKERS = _names("applet caption marquee object td template th")

# Their end tags also end what is open inside; the end tag of any other element is dropped when one of SPECIAL is.
ENDED_IN_SCOPE = _names(
    "address applet article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer header hgroup html listing main marquee menu nav object ol pre search section select summary template ul"
)
SPECIAL = _names(
    "address applet area article aside base basefont bgsound blockquote body br button caption center col colgroup dd "
    "details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html iframe img input keygen li link listing main marquee menu meta nav noembed noframes noscript object "
    "ol p param plaintext pre script search section select source style summary table tbody td template textarea tfoot "
    "th thead title tr track ul wbr xmp"
)

# All elements there are; another name in a template is one that a hole goes on with.
KNOWN = (
    SPECIAL
    | FORMATTING
    | VOID
    | frozenset(RAW)
    | _names(
        "abbr audio bdi bdo canvas cite data datalist del dfn dialog ins kbd label legend map mark math meter optgroup "
        "option output picture progress q rb rp rt rtc ruby samp slot span sub sup svg time var video"
    )
)

# The levels of a table: each belongs into the one before.
TABLE_LEVEL = {
    "table": 0,
    **dict.fromkeys(("caption", "colgroup", "tbody", "thead", "tfoot"), 1),
    "tr": 2,
    "td": 3,
    "th": 3,
}
# What may stand in an element directly; anything else, text too, a browser puts elsewhere or drops.
_ANYWHERE = _names("script style template")
CONTENT_OF: dict[str, frozenset[str]] = {
    "table": _names("caption colgroup tbody thead tfoot") | _ANYWHERE,
    "tbody": _names("tr") | _ANYWHERE,
    "thead": _names("tr") | _ANYWHERE,
    "tfoot": _names("tr") | _ANYWHERE,
    "tr": _names("td th") | _ANYWHERE,
    "colgroup": _names("col template"),
    "select": _names("option optgroup hr script template"),
    "optgroup": _names("option hr script template"),
    "head": _names("base basefont bgsound link meta noframes noscript script style template title"),
    "html": _names("head body frameset"),
}
# In any other element these start tags are dropped or do something else.
OUT_OF_PLACE = _names("caption col colgroup tbody td tfoot th thead tr html head body frame frameset")

# Start tags that end (or are dropped because of) an open element of that name, however deep inside it they are.
ENDED_BY: dict[str, frozenset[str]] = {
    "p": P_CLOSERS,
    "li": _names("li"),
    "dd": _names("dd dt"),
    "dt": _names("dd dt"),
    "a": _names("a"),
    "nobr": _names("nobr"),
    "button": _names("button"),
    "form": _names("form"),
    "select": _names("select input keygen textarea"),
    "option": _names("option optgroup"),
    "optgroup": _names("optgroup"),
    **dict.fromkeys(HEADINGS, HEADINGS),
    **dict.fromkeys(RUBY, RUBY),
}

# Foreign content: a start tag of these leads out of it.
BREAKOUT = _names(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr "
    "ol p pre ruby s small span strong strike sub sup table tt u ul var font"
)
# In these elements of SVG and MathML there is HTML again.
INTEGRATION = _names("foreignobject desc title annotation-xml mi mo mn ms mtext")
