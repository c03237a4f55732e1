"""Random templates and contexts: all kinds of HTML with Django's tags in all places, much as nobody should write it."""

from typing import Any

from django.template import Engine
from django.utils.safestring import mark_safe
from hypothesis import strategies as st

from liveex_django.live import Component

INCLUDED = {
    "row.html": "<tr><td>{{ a }}</td><td class='{{ b }}'>{% if c %}<b>{{ c }}</b>{% endif %}</td></tr>",
    "rows.html": "{% for x in l %}{% include 'row.html' with a=x %}{% endfor %}",
    "item.html": "<li>{{ x }}{{ a }}</li>",
    "text.html": "{{ a }} and {{ b|default:'none' }}",
    "box.html": "<div class='box {{ a }}'>{{ x }}</div>",
    "open.html": "<section id='{{ a }}'>",
    "close.html": "</section>",
    "attributes.html": " data-a='{{ a }}'{% if b %} hidden{% endif %}",
    "base.html": "<main {% block attributes %}class='m'{% endblock %}>{% block top %}<h1>{{ a }}</h1>{% endblock %}"
    "<ul>{% block list %}<li>{{ b }}</li>{% endblock %}</ul></main>",
    "card.html": "<div class='card {{ a }}'{% if b %} hidden{% endif %}>{% slot %}none{% endslot %}"
    "{% if slots.foot %}<i>{% slot 'foot' %}{% endslot %}</i>{% else %}{% slot 'foot' %}{{ a }}{% endslot %}{% endif %}"
    "</div>",
    "lines.html": "<ul>{% for x in l %}<li>{{ x }}{% slot %}{{ x }}{% endslot %}</li>{% endfor %}</ul>"
    "{% slot 'foot' %}{% endslot %}",
    "both.html": "{% live_component 'tests.rendering.templates.Card' a=a %}<b>{{ a }}</b>{% slot %}{% endslot %}"
    "{% slot 'foot' %}{% slot 'foot' %}own{% endslot %}{% endslot %}{% endlive_component %}",
    "middle.html": "{% extends 'base.html' %}{% block top %}[{{ block.super }}]{% endblock %}",
}


class Card(Component):
    template_name = "card.html"
    a: Any
    b: Any = None


class Lines(Component):
    template_name = "lines.html"
    l: Any  # noqa: E741 - the name that the random templates have


class Both(Component):
    template_name = "both.html"
    a: Any


NAMES = [
    *("a", "b", "c", "x", "x", "l", "q", "missing", "d.k", "d.k.k", "x.n", "x.t", "rows.0.n"),
    *("forloop.counter", "forloop.last", "forloop.revcounter0", "forloop.parentloop.counter"),
]
FILTERS = ["", "", "", "|safe", "|upper", "|default:'none'", "|length", "|linebreaks", "|escape", "|truncatechars:3"]


def engine(debug: bool = False) -> Engine:
    return Engine(
        debug=debug,
        libraries={"i18n": "django.templatetags.i18n"},
        builtins=["liveex_django.templatetags.liveex"],
        loaders=[("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", INCLUDED)])],
    )


texts = st.sampled_from(
    [
        "text",
        " ",
        "\n",
        "a & b",
        "&lt;",
        "&am",
        "p;",
        "x",
        "1 < 2",
        "é",
        "100%",
        "{}",
        "%s",
        "\nfirst",
        "<br>",
        "<img src=a>",
    ]
)
variables = st.builds("{{{{ {}{} }}}}".format, st.sampled_from(NAMES), st.sampled_from(FILTERS))
conditions = st.sampled_from(
    ["a", "b", "c", "not a", "a == b", "l", "x", "missing", "forloop.first", "a and c", "c or b"]
)
opaque = st.sampled_from(
    [
        "{% cycle 'odd' 'even' %}",
        "{% firstof a b 'none' %}",
        "{% widthratio 3 4 100 %}",
        "{# note #}",
        "{% comment %}{{ a }}<p>{% endcomment %}",
        "{% templatetag openblock %}",
        "{% verbatim %}{{ a }}{% endverbatim %}",
        "{% now 'Y' %}",
        "{% with q=a %}{% endwith %}",
        "{% firstof x b 'none' as q %}",
        "{% cycle a 'two' as q %}",
        "{% cycle a b as q silent %}",
        "{% widthratio x 4 100 as q %}",
        "{% now 'Y' as q %}",
        "{% load i18n %}{% translate 'yes' %}",
        "{% load i18n %}{% translate 'yes' as q %}",
        "{% load i18n %}{% blocktranslate with q=a %}{{ q }} of {{ x }}{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate count q=l|length %}one{{ a }}{% plural %}{{ q }}{% endblocktranslate %}",
        "{% csrf_token %}",
        "{% regroup rows by n as q %}",
    ]
)


def components(inner: Any) -> Any:
    """Components around something, as content or in a slot."""
    given = st.sampled_from(["Card' a=x b=c", "Card' a=b|upper", "Card' a=d.k", "Lines' l=l", "Both' a=a"])
    start = st.builds("{{% live_component 'tests.rendering.templates.{} %}}".format, given)
    filled = st.builds("{}{{% slot 'foot' %}}{}{{% endslot %}}".format, st.sampled_from(["", " "]), inner)
    both = st.builds("{}{{% slot 'foot' %}}{{{{ x }}}}{{% endslot %}}".format, inner)
    return st.builds("{}{}{{% endlive_component %}}".format, start, st.one_of(inner, filled, both, st.just("")))


def wrapped(inner: Any) -> Any:
    """Tags of Django's around something."""
    return st.one_of(
        st.builds("{{% if {} %}}{}{{% endif %}}".format, conditions, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, conditions, inner, inner),
        st.builds("{{% if {} %}}{}{{% elif {} %}}{}{{% endif %}}".format, conditions, inner, conditions, inner),
        st.builds(
            "{{% for x in {} %}}{}{{% endfor %}}".format,
            st.sampled_from(["l", "a", "m", "missing", "rows", "rows", "x.l", "d.items", "q"]),
            inner,
        ),
        st.builds("{{% for x in rows %}}{}{{% for x in x.l %}}{}{{% endfor %}}{{% endfor %}}".format, inner, inner),
        st.builds("{{% for q, x in d.items %}}{}{{% endfor %}}".format, inner),
        st.builds("{{% with q=x.n %}}{}{{% endwith %}}".format, inner),
        st.builds("{{% for x in l reversed %}}{}{{% empty %}}{}{{% endfor %}}".format, inner, inner),
        st.builds("{{% for x, y in pairs %}}{}{{% endfor %}}".format, inner),
        st.builds("{{% with a={} %}}{}{{% endwith %}}".format, st.sampled_from(["b", "x", "l|length", "'<i>'"]), inner),
        st.builds("{{% autoescape {} %}}{}{{% endautoescape %}}".format, st.sampled_from(["on", "off"]), inner),
        st.builds("{{% ifchanged %}}{}{{% endifchanged %}}".format, inner),
        st.builds("{{% ifchanged a %}}{}{{% else %}}{}{{% endifchanged %}}".format, inner, inner),
        st.builds("{{% spaceless %}}{}{{% endspaceless %}}".format, inner),
        st.builds("{{% filter upper %}}{}{{% endfilter %}}".format, inner),
        components(inner),
    )


includes = st.builds(
    "{{% include '{}'{} %}}".format,
    st.sampled_from([name for name in INCLUDED if name not in ("middle.html", "base.html")]),
    st.sampled_from(["", "", " with a=b", " with x=a only"]),
)

# Inside a start tag.
attribute_values = st.lists(st.one_of(variables, st.sampled_from(["x", " ", "y-"]), opaque), max_size=3).map("".join)
quoted = st.one_of(
    st.builds('{}="{}"'.format, st.sampled_from(["class", "id", "data-x", "title", "value"]), attribute_values),
    st.builds("{}='{}'".format, st.sampled_from(["class", "id", "data-x"]), attribute_values),
    st.builds("{}={}".format, st.sampled_from(["class", "id"]), variables),
    st.sampled_from(["hidden", "checked", 'class="s"', "id=s"]),
)
attribute = st.one_of(quoted, wrapped(quoted), wrapped(attribute_values), variables, includes)
attributes = st.lists(st.builds("{}{}".format, st.sampled_from([" ", " ", " ", "\n", ""]), attribute), max_size=3).map(
    "".join
)

FLOW = ["div", "p", "span", "b", "a", "ul", "section", "h1", "pre", "form", "button", "i"]


def element(inner: Any) -> Any:
    """Elements around something, and elements that hold no elements."""
    text_only = st.lists(st.one_of(variables, st.sampled_from(["t", "\n", "&amp;", " "]), opaque), max_size=3).map(
        "".join
    )
    text_only = st.one_of(text_only, wrapped(text_only))
    return st.one_of(
        st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(FLOW), attributes, inner),
        st.builds(
            "<{0}{1}>{2}</{0}>".format,
            st.sampled_from(["textarea", "title", "script", "style", "option"]),
            attributes,
            text_only,
        ),
        st.builds("<{}{}>".format, st.sampled_from(["input", "br", "img", "hr"]), attributes),
        st.builds("<{}{}/>".format, st.sampled_from(["input", "br"]), attributes),
        st.builds("<ul>{}</ul>".format, st.lists(st.builds("<li>{}</li>".format, inner), max_size=3).map("".join)),
        st.builds("<ul>{}</ul>".format, st.lists(st.builds("<li>{}".format, inner), max_size=3).map("".join)),
        st.builds("<ul>{{% for x in l %}}<li{}>{}</li>{{% endfor %}}</ul>".format, attributes, inner),
        st.builds("<table>{{% for x in l %}}<tr><td>{}</td></tr>{{% endfor %}}</table>".format, inner),
        st.builds("<table>{{% include 'rows.html' %}}{}</table>".format, st.sampled_from(["", "<tr><td>1</td></tr>"])),
        st.builds(
            "<table><tbody>{{% for x in l %}}<tr>{{% for x in l %}}<td>{}{{% endfor %}}</tr>{{% endfor %}}</table>".format,
            inner,
        ),
        st.builds("<table>{}</table>".format, inner),
        st.builds(
            "<select>{{% for x in l %}}<option value='{{{{ x }}}}'{}>{}</option>{{% endfor %}}</select>".format,
            attributes,
            text_only,
        ),
        st.builds(
            "<svg>{{% for x in l %}}<circle r='{{{{ x }}}}'{}/>{{% endfor %}}<title>{}</title></svg>".format,
            attributes,
            inner,
        ),
        st.builds(
            "<dl>{}</dl>".format, st.lists(st.builds("<dt>{}<dd>{}".format, inner, inner), max_size=2).map("".join)
        ),
        st.builds("<p>{}".format, inner),
        st.builds(
            "<table><caption>{}</caption><colgroup>{{% if a %}}<col>{{% endif %}}<thead><tr><th>{}<tbody>{}</table>".format,
            inner,
            inner,
            inner,
        ),
        st.builds("<ruby>{}<rt>{}<rp>{}</ruby>".format, inner, inner, texts),
        st.builds("<svg><foreignObject>{}</foreignObject></svg>".format, inner),
        st.builds("<math><mi>{}</mi></math>".format, inner),
        st.builds("<select>{}<optgroup label='{{{{ a }}}}'>{}</optgroup></select>".format, inner, inner),
        st.builds("<object>{}</object>".format, inner),
        st.builds("<!-- {} -->".format, variables),
        st.builds("<template>{}</template>".format, inner),
        st.builds("<h{{{{ a }}}}>{}</h{{{{ a }}}}>".format, inner),
        st.builds("{{% if a %}}<div>{{% endif %}}{}{{% if a %}}</div>{{% endif %}}".format, inner),
        st.builds("{{% include 'open.html' %}}{}{{% include 'close.html' %}}".format, inner),
    )


# Tags of HTML that belong to nothing.
STRAYS = (
    '<div> </div> <p> </p> <li> <tr> <td> </td> <b> </b> </table> <table> <a> <!-- --> < " <option> </span <svg> </svg> '
    "<select> <br/> <span > <textarea> </form> <form> <caption> <col> </ul> <h1> </h1> <dd> <button>"
)
strays = st.sampled_from(STRAYS.split())

leaves = st.one_of(texts, variables, variables, opaque, includes)


def content(leaf: Any, most: int) -> Any:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(element(inner), wrapped(inner), st.lists(inner, max_size=4).map("".join)),
        max_leaves=most,
    )


tidy = content(leaves, 16)
messy = content(st.one_of(leaves, strays), 12)
extending = st.builds(
    (
        "{{% extends '{}' %}}{{% block top %}}{}{{{{ block.super }}}}{{% endblock %}}"
        "{{% block list %}}{}{{% endblock %}}"
    ).format,
    st.sampled_from(["base.html", "middle.html"]),
    tidy,
    tidy,
)
templates = st.one_of(tidy, tidy, messy, extending)

SAFE = [
    *("<b>bold</b>", "<p>par</p>", "<div>", "</div>", "<tr><td>1</td></tr>", "<li>x</li>", "plain", "\n<i>x</i>"),
    *("</p>", "-->", '" onclick="x', "<a>link</a>", "</textarea>", "&am", "<!-- c -->", "<td>"),
]
values = st.one_of(
    st.sampled_from(["", "one", "two words", "<i>", "a & b", "&am", 'say "x"', "it's", "\nline", "9"]),
    st.sampled_from(SAFE).map(mark_safe),
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
    st.floats(0, 10),
)
lists = st.lists(values, max_size=4)
dicts = st.dictionaries(st.sampled_from(["k", "l", "n"]), st.one_of(values, st.just({"k": "inner"})))
rows = st.fixed_dictionaries({"n": values, "t": values, "l": lists})
contexts = st.fixed_dictionaries(
    {"a": values, "b": values, "c": values},
    optional={
        "l": lists,
        "m": lists,
        "x": values,
        "pairs": st.lists(st.tuples(values, values), max_size=3),
        "d": dicts,
        "rows": st.lists(rows, max_size=5),
    },
)
