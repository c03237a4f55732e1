"""A render that takes over from the one before it what did not change: never wrong, and no more work than it must be."""

from functools import partial
from typing import Any

from django.template import Context, Template
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from liveex_django.rendering import Rendered, compile_template
from liveex_django.store import FrozenDict, FrozenList, freeze, is_plain
from tests.rendering.markers import is_same_html
from tests.rendering.templates import contexts, dicts, engine, lists, rows, templates, values
from tests.rendering.test_equality import outcome

thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

places = st.integers(0, 4)
edits = st.one_of(
    st.tuples(st.just("bind"), st.sampled_from(["a", "b", "c", "x"]), values),
    st.tuples(st.just("bind"), st.sampled_from(["l", "m"]), lists),
    st.tuples(st.just("bind"), st.just("d"), dicts),
    st.tuples(st.just("insert"), places, rows),
    st.tuples(st.just("delete"), places),
    st.tuples(st.just("move"), places, places),
    st.tuples(st.just("edit"), places, st.sampled_from(["n", "t"]), values),
    st.tuples(st.just("edit"), places, st.just("l"), st.lists(values, max_size=3)),
    st.just(("reverse",)),
    st.just(("repeat",)),
)


def kept(value: Any) -> Any:
    """A value as a store keeps it, as far as it can be kept: no marked text, for example."""
    if isinstance(value, dict):
        return freeze({name: kept(item) for name, item in value.items() if is_plain(kept(item))})
    if isinstance(value, list):
        items = [kept(item) for item in value]
        return freeze(items) if all(map(is_plain, items)) else items
    return value


def edited(state: dict[str, Any], edit: tuple[Any, ...]) -> dict[str, Any]:
    """The state after a change; what the change does not touch stays the same objects."""
    kind, *arguments = edit
    if kind == "bind":
        return state | {arguments[0]: kept(arguments[1])}
    items = list(state.get("rows", ()))
    if kind == "insert":
        items.insert(arguments[0], kept(arguments[1]))
    elif kind == "reverse":
        items.reverse()
    elif items and kind == "delete":
        del items[arguments[0] % len(items)]
    elif items and kind == "repeat":
        items.append(items[0])
    elif items and kind == "move":
        items.insert(arguments[1], items.pop(arguments[0] % len(items)))
    elif items and kind == "edit":
        place = arguments[0] % len(items)
        items[place] = FrozenDict({**items[place], **kept({arguments[1]: arguments[2]})})
    return state | {"rows": FrozenList(items)}


def theirs(template: Template, context: Context) -> str:
    return str(template.render(context))


def ours(template: Template, context: Context, previous: Rendered | None) -> Rendered:
    return compile_template(template).render(context, previous)


# Loops over rows, and in them everything that is tracked in a way of its own.
pieces = st.sampled_from(
    [
        *("{{ x.n }}", "{{ x.t|upper }}", "{{ a }}", "{{ b|default:a }}", "{{ q }}", "{{ d.k }}", "{{ x }}"),
        *(
            "{% cycle 'odd' 'even' %}",
            "{% cycle a 'two' as q %}",
            "{% firstof x.n a as q %}",
            "{% ifchanged %}{{ x.n }}{% endifchanged %}",
        ),
        *("{{ forloop.counter }}", "{{ forloop.revcounter }}", "{% if forloop.first %}first{% endif %}"),
        *(
            "{% if forloop.last %}last{% endif %}",
            "{{ forloop.parentloop.counter }}",
            "{% if x.n == a %}same{% endif %}",
        ),
        *(
            "{% include 'text.html' %}",
            "{% include 'item.html' with a=x.n %}",
            "{% include 'box.html' with a=b only %}",
        ),
        *(
            "{% with q=a %}{{ q }}{% endwith %}",
            "{% with q=x.t b=q %}{{ q }}{{ b }}{% endwith %}",
            "{% with x=a %}{{ x }}{% endwith %}",
        ),
        *(
            "{% for y in x.l %}{{ y }}{{ forloop.parentloop.last }}{% endfor %}",
            "{% for y in l %}{{ y }}{{ x.n }}{% endfor %}",
        ),
        *(
            "{% for k, y in d.items %}{{ k }}{{ y }}{% endfor %}",
            "{% for x in l %}{% cycle 1 2 %}{{ x }}{% empty %}{{ a }}{% endfor %}",
        ),
        "{% for y in l %}{% with z=forloop.parentloop %}{{ z.counter }}{% endwith %}{% endfor %}",
    ]
)
bodies = st.recursive(
    st.lists(pieces, min_size=1, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.builds("{{% if a %}}{}{{% else %}}{}{{% endif %}}".format, inner, inner),
        st.builds("{{% for x in rows %}}{}{{% endfor %}}".format, inner),
        st.builds("{{% for x in rows reversed %}}{}{{% endfor %}}".format, inner),
        st.builds("{{% with x=d q=b %}}{}{{% endwith %}}".format, inner),
        st.builds("{{% spaceless %}}{}{{% endspaceless %}}".format, inner),
    ),
    max_leaves=3,
)
loops = st.builds("{}{{% for x in rows %}}<i>{}</i>{{% endfor %}}{}".format, bodies, bodies, bodies)


@thorough
@given(
    st.one_of(templates, loops, loops, loops),
    contexts,
    st.lists(st.lists(edits, min_size=1, max_size=3), min_size=1, max_size=5),
)
def test_whatever_changes_the_html_is_what_django_gives(
    source: str, first: dict[str, Any], changes: list[list[tuple[Any, ...]]]
) -> None:
    template = engine().from_string(source)
    state = {"rows": FrozenList()} | {name: kept(value) for name, value in first.items()}
    previous: Rendered | None = None
    for change in ([], *changes):
        for edit in change:
            state = edited(state, edit)
        note(str(state))
        expected = outcome(theirs, template, state)

        rendered = outcome(partial(ours, previous=previous), template, state)

        if isinstance(rendered, Rendered):
            assert str(rendered) == expected, (str(rendered), expected)
            assert is_same_html(rendered.marked(), str(rendered))
            previous = rendered
        else:
            assert rendered == expected, (rendered, expected)


@thorough
@given(
    st.one_of(templates, loops, loops),
    contexts,
    st.sets(st.sampled_from(["a", "b", "c", "x", "d", "l"])),
    st.lists(st.tuples(st.booleans(), edits), min_size=1, max_size=4),
)
def test_views_that_share_what_is_not_their_own_give_what_django_gives(
    source: str, first: dict[str, Any], local: set[str], changes: list[tuple[bool, tuple[Any, ...]]]
) -> None:
    template = engine().from_string(source)
    live = compile_template(template)
    state = {"rows": FrozenList()} | {name: kept(value) for name, value in first.items()}
    own: list[dict[str, Any]] = [dict(state), {name: f"of the second {name}" for name in state}]
    shared: Any = None
    views: list[Any] = [None, None]
    for is_own, edit in [(False, ("repeat",)), *changes]:
        if is_own:
            own[0] = edited(own[0], edit)
        else:
            state = edited(state, edit)
        common = Context({name: value for name, value in state.items() if name not in local})
        try:
            shared = live.render_shared(common, frozenset(local), shared)
        except Exception:
            shared = None
        for number, mine in enumerate(own):
            values = state | {name: value for name, value in mine.items() if name in local}
            expected = outcome(theirs, template, values)

            rendered = outcome(partial(taking, shared=shared, previous=views[number]), template, values)

            if isinstance(rendered, Rendered):
                assert str(rendered) == expected, (str(rendered), expected)
                assert is_same_html(rendered.marked(), str(rendered))
                views[number] = rendered
            else:
                assert rendered == expected, (rendered, expected)


def taking(template: Template, context: Context, shared: Any, previous: Any) -> Rendered:
    return compile_template(template).render(context, previous, shared)
