"""What is evaluated when something has changed, and what is kept. That the HTML is right is seen in every test."""

from typing import Any

import pytest

from liveex_django.rendering import diff
from liveex_django.store import FrozenDict, FrozenList, freeze
from tests.rendering.counted import CountedPage

TABLE = "<p>{{ count|seen }}</p>{% for x in rows %}<i>{{ x.n|seen }}</i>{% endfor %}"


def rows_of(*numbers: int, **more: Any) -> Any:
    """Rows as a state holds them."""
    return freeze([{"n": number, "inner": [number], **more} for number in numbers])


def replaced(rows: Any, place: int, **values: Any) -> Any:
    """The rows after a mutation of one of them: the others are the same objects."""
    changed = list(rows)
    changed[place] = FrozenDict({**changed[place], **values})
    return FrozenList(changed)


class TestASlot:
    def test_is_evaluated_alone_beside_a_table_of_1000_rows(self) -> None:
        page, rows = CountedPage(TABLE), rows_of(*range(1000))
        page.show(count=1, rows=rows)

        assert page.show(count="two", rows=rows) == ["two"]

    def test_is_kept_when_nothing_has_changed(self) -> None:
        page, rows = CountedPage(TABLE), rows_of(1, 2)
        page.show(count=1, rows=rows)
        before = page.rendered

        assert page.show(count=1, rows=rows) == []
        assert page.rendered is before

    def test_is_kept_when_a_text_or_number_is_equal(self) -> None:
        page = CountedPage("{{ text|seen }}{{ number|seen }}")
        page.show(text="".join(["a", "b"]), number=10**20)

        assert page.show(text="ab", number=10**20) == []

    def test_tells_a_number_from_a_boolean(self) -> None:
        page = CountedPage("{{ a|seen }}")
        page.show(a=1)

        assert page.show(a=True) == [True]

    def test_is_evaluated_when_an_argument_of_its_filter_has_changed(self) -> None:
        page = CountedPage("{{ a|joined:b }}{{ a|seen }}")
        page.show(a=1, b=2)

        assert page.show(a=1, b=3) == [(1, 3)]

    def test_is_evaluated_when_its_name_is_gone_or_comes(self) -> None:
        page = CountedPage("{{ a|default:0|seen }}{{ b|seen }}")
        page.show(a=1, b=2)

        assert page.show(b=2) == [0]
        assert page.show(b=2) == []
        assert page.show(a=1, b=2) == [1]

    def test_of_a_dict_minds_only_the_value_that_it_reads(self) -> None:
        page = CountedPage("{{ d.a|seen }}{{ d.b.c|seen }}")
        inner = freeze({"c": 2})
        page.show(d=freeze({"a": 1, "b": inner, "other": 1}))

        assert page.show(d=freeze({"a": 1, "b": inner, "other": 2})) == []
        assert page.show(d=freeze({"a": 3, "b": inner, "other": 2})) == [3]
        assert page.show(d=freeze({"a": 3, "b": freeze({"c": 4}), "other": 2})) == [4]

    def test_in_a_branch_is_kept_when_only_the_condition_reads_what_changed(self) -> None:
        page = CountedPage("{% if a %}{{ b|seen }}{% else %}{{ c|seen }}{% endif %}")
        page.show(a=1, b="b", c="c")

        assert page.show(a=2, b="b", c="c") == []
        assert page.show(a=0, b="b", c="c") == ["c"]

    def test_in_a_scope_is_evaluated_when_what_its_name_is_made_from_has_changed(self) -> None:
        page = CountedPage("{% with x=a y=b %}{{ x|seen }}{{ y|seen }}{{ c|seen }}{% endwith %}")
        page.show(a=1, b=2, c=3)

        assert page.show(a=4, b=2, c=3) == [4]
        assert page.show(a=4, b=2, c=5) == [5]

    def test_does_not_mind_a_name_that_is_another_one_inside(self) -> None:
        page = CountedPage("{% with x=a %}{{ x|seen }}{{ b|seen }}{% endwith %}{{ x|seen }}")
        page.show(a=1, b="b", x=2)

        assert page.show(a=1, b="b", x=3) == [3]
        assert page.show(a=1, b="c", x=4) == ["c", 4]

    def test_in_an_included_template_is_evaluated_when_it_reads_what_changed(self) -> None:
        page = CountedPage("{% include 'both.html' %}", **{"both.html": "{{ a|seen }}{{ b|seen }}"})
        page.show(a=1, b=2)

        assert page.show(a=1, b=3) == [3]

    def test_in_an_included_template_reads_what_it_is_given(self) -> None:
        source = "{% include 'both.html' with b=c only %}{% include 'both.html' with b=c %}"
        page = CountedPage(source, **{"both.html": "{{ a|default:0|seen }}{{ b|seen }}"})
        page.show(a=1, b=2, c=3)

        assert page.show(a=4, b=2, c=3) == [4]
        assert page.show(a=4, b=5, c=3) == []
        assert page.show(a=4, b=5, c=6) == [6, 6]

    def test_in_a_template_that_was_replaced_is_another_one(self) -> None:
        page = CountedPage("{% if a %}{% include 'inner' %}{% endif %}", inner="{{ b }}")
        page.show(a=1, b=2, c=3)

        page.replace(inner="{{ c|seen }}{{ d }}")

        assert page.show(a=1, b=2, c=3) == [3]
        assert page.show(a=1, b=4, c=3) == []

    def test_in_a_block_is_kept_as_anywhere(self) -> None:
        base = "{{ a|seen }}{% block b %}{{ a|seen }}{% endblock %}"
        page = CountedPage(
            "{% extends 'base.html' %}{% block b %}{{ b|seen }}{{ block.super }}{% endblock %}", **{"base.html": base}
        )
        page.show(a=1, b=2)

        assert page.show(a=1, b=3) == [3]
        assert page.show(a=4, b=3) == [4, 4]

    def test_in_an_attribute_is_kept_as_anywhere(self) -> None:
        page = CountedPage("<p class='{{ a|seen }}' {% if b %}hidden{% endif %}></p><textarea>{{ b|seen }}</textarea>")
        page.show(a=1, b=2)

        assert page.show(a=1, b=3) == [3]


class TestARow:
    @pytest.mark.parametrize(
        "body",
        [
            "<i>{{ x.n|seen }}</i>",
            "<i class='{{ x.n|seen }}'>text</i>",
            "{% if x.n %}<i>{{ x.n|seen }}</i>{% else %}none{% endif %}",
            "{% with y=x.n %}{{ y|seen }}{% endwith %}",
            "{% include 'row.html' %}",
            "{% include 'given.html' with y=x.n only %}",
            "{% autoescape off %}{{ x.n|default:'none'|seen }}{% endautoescape %}",
            "{% spaceless %}<i> {{ x.n|seen }} </i>{% endspaceless %}",
            "{% total x.n %}",
            "{{ x.n|seen }}{% translate 'yes' %}{% static 'x.png' %}{% for y in others %}{{ y|seen }}{% endfor %}",
            "{% for y in x.inner %}{{ forloop.parentloop.counter }}{{ x.n|seen }}{% endfor %}",
        ],
    )
    def test_is_evaluated_alone_of_1000(self, body: str) -> None:
        page, rows = CountedPage(f"{{% for x in rows %}}{body}{{% endfor %}}"), rows_of(*range(1000))
        page.show(rows=rows, others=freeze(["a", "b"]))

        assert page.show(rows=replaced(rows, 500, n=-1), others=freeze(["a", "b"])) == [-1]

    def test_evaluates_of_a_loop_in_it_what_is_new(self) -> None:
        source = "{% for x in rows %}<p>{{ x.n }}{% for y in x.inner %}<i>{{ y|seen }}</i>{% endfor %}</p>{% endfor %}"
        page, rows = CountedPage(source), rows_of(*range(100))
        page.show(rows=rows)

        assert page.show(rows=replaced(rows, 50, inner=freeze([50, "new"]))) == ["new"]

    def test_is_evaluated_when_a_name_from_outside_has_changed_as_far_as_that_is_read(self) -> None:
        page, rows = CountedPage("{% for x in rows %}{{ x.n|seen }}{{ x.n|joined:a }}{% endfor %}"), rows_of(1, 2)
        page.show(rows=rows, a="a", b="b")

        assert page.show(rows=rows, a="a", b="c") == []
        assert page.show(rows=rows, a="d", b="c") == [(1, "d"), (2, "d")]

    def test_does_not_mind_a_name_from_outside_that_is_its_own(self) -> None:
        page = CountedPage("{% for x in l %}{{ x|seen }}{{ a|seen }}{% endfor %}{{ x|seen }}")
        page.show(l=[1, 2], x="x", a="a")

        assert page.show(l=[1, 2], x="y", a="a") == ["y"]
        assert page.show(l=[1, 2], x="z", a="b") == ["b", "b", "z"]

    def test_sees_what_the_row_before_it_wrote(self) -> None:
        page = CountedPage("{% for x in l %}<i>{{ before|seen }}{% total x as before %}</i>{% endfor %}")
        page.show(l=[1, 2, 3])

        page.show(l=[5, 2, 3])

        assert page.html == "<i></i><i>5</i><i>2</i>"

    def test_is_evaluated_when_a_template_in_it_was_replaced(self) -> None:
        page, rows = (
            CountedPage("{% for x in rows %}{% include 'row' %}{{ a }}{% endfor %}", row="{{ x.n }}"),
            rows_of(1, 2),
        )
        page.show(rows=rows, a="a")

        page.replace(row="{{ x.n|seen }}")

        assert page.show(rows=rows, a="a") == [1, 2]
        assert page.show(rows=rows, a="b") == []

    def test_is_the_same_object_when_it_is_kept(self) -> None:
        page, rows = CountedPage(TABLE), rows_of(1, 2, 3)
        page.show(count=1, rows=rows)
        before: Any = page.rendered

        page.show(count=1, rows=replaced(rows, 1, n=5))

        after: Any = page.rendered
        same = [new is old for new, old in zip(after.values[1].rows, before.values[1].rows, strict=True)]
        assert same == [True, False, True]

    @pytest.mark.parametrize(
        ("include", "of_a", "of_y"),
        [
            ("{% include 'given.html' %}", [], ["new y"]),
            ("{% include 'given.html' with y=a %}", ["new a"], []),
            ("{% include 'given.html' with y=a only %}", ["new a"], []),
            ("{% include 'given.html' only %}", [], []),
        ],
    )
    def test_reads_what_a_template_in_it_reads(self, include: str, of_a: list[str], of_y: list[str]) -> None:
        page = CountedPage(f"{{% for x in l %}}{include}{{% endfor %}}")
        page.show(l=[1], a="a", y="y")

        assert page.show(l=[1], a="new a", y="y") == of_a
        assert page.show(l=[1], a="new a", y="new y") == of_y

    def test_may_show_a_template_that_includes_itself(self) -> None:
        tree = "{{ node.n|seen }}{% for node in node.inner %}{% include 'tree' %}{% endfor %}"
        page = CountedPage("{% for node in nodes %}{% include 'tree' %}{% endfor %}", tree=tree)
        leaf = freeze({"n": 3, "inner": []})
        page.show(nodes=freeze([{"n": 1, "inner": [{"n": 2, "inner": [leaf]}]}]))

        page.show(nodes=freeze([{"n": 1, "inner": [{"n": 4, "inner": [leaf]}]}]))

        assert page.html == "143"

    def test_is_known_by_the_item_that_it_shows_now(self) -> None:
        page, rows = CountedPage("{% for x in rows %}<i>{{ x.n|seen }}</i>{% endfor %}"), rows_of(1, 2)
        page.show(rows=rows)
        # The text is what it was, the item is not.
        rows = replaced(rows, 0, other=1)
        page.show(rows=rows)

        assert page.show(rows=FrozenList([*rows, freeze({"n": 3})])) == [3]


class TestAList:
    @pytest.mark.parametrize(
        ("after", "evaluated"),
        [
            ([9, 1, 2, 3, 4], [9]),
            ([1, 2, 9, 3, 4], [9]),
            ([1, 2, 3, 4, 9], [9]),
            ([2, 3, 4], []),
            ([1, 4], []),
            ([4, 1, 2, 3], []),
            ([4, 3, 2, 1], []),
            ([2, 9, 1, 4, 3, 8], [9, 8]),
            ([], []),
        ],
    )
    def test_of_which_some_are_inserted_deleted_or_moved_evaluates_what_is_new(
        self, after: list[int], evaluated: list[int]
    ) -> None:
        page = CountedPage("{% for x in rows %}<i>{{ x.n|seen }}</i>{% endfor %}")
        rows = {number: freeze({"n": number}) for number in range(10)}
        page.show(rows=FrozenList([rows[number] for number in (1, 2, 3, 4)]))

        assert page.show(rows=FrozenList([rows[number] for number in after])) == evaluated

    def test_may_be_sorted_and_filtered_by_the_template(self) -> None:
        page = CountedPage("{% for x in rows|dictsort:key %}<i>{{ x.n|seen }}</i>{% endfor %}")
        rows = freeze([{"n": number, "m": -number} for number in range(5)])
        page.show(rows=rows, key="n")

        assert page.show(rows=rows, key="m") == []

    def test_may_be_shown_from_its_end(self) -> None:
        page, rows = CountedPage("{% for x in rows reversed %}<i>{{ x.n|seen }}</i>{% endfor %}"), rows_of(1, 2, 3)
        page.show(rows=rows)

        assert page.show(rows=FrozenList([*rows, freeze({"n": 4})])) == [4]

    def test_may_hold_the_same_item_twice(self) -> None:
        page = CountedPage("{% for x in rows %}<i>{{ x.n|seen }}</i>{% endfor %}")
        one, two = freeze({"n": 1}), freeze({"n": 2})
        page.show(rows=FrozenList([one, one, two]))

        assert page.show(rows=FrozenList([one, two, one, one])) == [1]
        assert page.show(rows=FrozenList([one])) == []
        assert page.html == "<i>1</i>"

    def test_may_hold_texts_and_numbers_which_are_the_same_when_they_are_equal(self) -> None:
        page = CountedPage("{% for x in values %}<i>{{ x|seen }}</i>{% endfor %}")
        page.show(values=["a", 1, 1000])

        assert page.show(values=["".join("b"), 1000, "".join("a"), True]) == ["b", True]

    def test_may_be_empty(self) -> None:
        page = CountedPage("{% for x in rows %}<i>{{ x.n|seen }}</i>{% empty %}{{ a|seen }}{{ b|seen }}{% endfor %}")
        empty = freeze([])
        page.show(rows=empty, a=1, b=2)

        assert page.show(rows=empty, a=1, b=3) == [3]
        assert page.show(rows=rows_of(7), a=1, b=3) == [7]
        assert page.show(rows=empty, a=1, b=3) == [1, 3]

    def test_may_be_the_items_of_a_dict(self) -> None:
        page = CountedPage("{% for key, value in d.items %}<i>{{ key }}={{ value|seen }}</i>{% endfor %}")
        page.show(d=freeze({"a": 1, "b": 2, "c": 3}))

        assert page.show(d=freeze({"a": 1, "b": 5, "c": 3})) == [5]
        assert page.show(d=freeze({"c": 3, "a": 1})) == []
        assert page.html == "<i>c=3</i><i>a=1</i>"

    def test_may_be_pairs(self) -> None:
        page = CountedPage("{% for a, b in pairs %}<i>{{ a|seen }}{{ b|seen }}</i>{% endfor %}")
        page.show(pairs=[(1, 2), (3, 4)])

        assert page.show(pairs=[(3, 4), (1, 2), (5, 6)]) == [5, 6]

    def test_is_the_same_object_when_all_its_rows_are(self) -> None:
        page, rows = CountedPage("{% for x in rows %}{% if a %}{{ x.n }}{% endif %}{% endfor %}"), rows_of(1, 2)
        page.show(rows=rows, a=1)
        before: Any = page.rendered

        page.show(rows=rows, a=2)

        assert page.rendered is not None
        assert page.rendered.values[0] is before.values[0]


class TestTheCounterOfALoop:
    def shown(self, body: str, before: str, after: str) -> list[Any]:
        page = CountedPage(f"{{% for x in rows %}}<i>{body}</i>{{% endfor %}}")
        page.show(rows=list(before))
        return page.show(rows=list(after))

    def test_is_minded_only_where_it_is_read(self) -> None:
        assert self.shown("{{ forloop.counter|seen }}", "abc", "xabc") == [1, 2, 3, 4]
        assert self.shown("{{ x|seen }}", "abc", "xabc") == ["x"]
        assert self.shown("{{ x|seen }}{{ forloop.counter0|seen }}", "abc", "xabc") == ["x", 0, 1, 2, 3]

    def test_is_another_one_for_rows_that_change_places(self) -> None:
        assert self.shown("{{ forloop.counter|seen }}", "abcd", "bacd") == [1, 2]

    def test_is_another_one_for_a_new_row_in_the_place_of_an_old_one(self) -> None:
        assert self.shown("{{ x|seen }}{{ forloop.counter|seen }}", "abc", "bxc") == ["x", 2, 1]

    def test_is_another_one_also_when_more_has_changed(self) -> None:
        page = CountedPage("{% for x in l %}{{ forloop.counter|seen }}{{ a }}{% endfor %}")
        page.show(l=["a", "b"], a=1)

        assert page.show(l=["b", "a"], a=2) == [1, 2]

    def test_of_rows_that_stay_is_kept(self) -> None:
        assert self.shown("{{ x|seen }}{{ forloop.counter|seen }}", "abcd", "abxd") == ["x"]
        assert self.shown("{{ forloop.counter|seen }}", "abcd", "ab") == []

    def test_may_count_from_the_end(self) -> None:
        assert self.shown("{{ forloop.revcounter|seen }}", "abc", "xabc") == [4]
        assert sorted(self.shown("{{ forloop.revcounter0|seen }}", "ab", "abx")) == [0, 1, 2]

    def test_may_be_about_the_first_and_the_last_row(self) -> None:
        assert sorted(self.shown("{{ forloop.last|seen }}", "abc", "abcd")) == [False, True]
        assert self.shown("{{ forloop.first|seen }}", "abc", "xabc") == [True, False]

    def test_may_be_that_of_the_loop_around(self) -> None:
        source = (
            "{% for x in rows %}{% for y in x.inner %}{{ forloop.parentloop.counter|seen }}{% endfor %}{% endfor %}"
        )
        page, rows = CountedPage(source), rows_of(1, 2)
        page.show(rows=rows)

        assert page.show(rows=FrozenList([freeze({"inner": [3]}), *rows])) == [1, 2, 3]

    def test_may_be_handed_on_as_a_whole(self) -> None:
        body = "{% with loop=forloop %}{{ loop.counter|seen }}{% endwith %}"

        assert self.shown(body, "abc", "xabc") == [1, 2, 3, 4]


class Item:
    """As a model's instance is: it may change without becoming another object."""

    def __init__(self, name: str) -> None:
        self.name = name


class TestAValueThatIsNotPlain:
    def test_is_evaluated_every_time_and_compared_as_text(self) -> None:
        page, item = CountedPage("{{ item.name|seen }}{{ a|seen }}"), Item("one")
        page.show(item=item, a=1)
        before: Any = page.rendered

        assert page.show(item=item, a=1) == ["one"]
        assert diff(before, page.rendered or before) == {}
        item.name = "two"
        assert page.show(item=item, a=1) == ["two"]

    def test_may_be_the_items_of_a_list(self) -> None:
        page, items = CountedPage("{% for x in items %}<i>{{ x.name|seen }}</i>{% endfor %}"), [Item("a"), Item("<b>")]
        page.show(items=items)
        before: Any = page.rendered

        assert page.show(items=items) == ["a", "<b>"]
        after: Any = page.rendered
        assert after.values[0].rows is before.values[0].rows
        items[1].name = "c"
        assert page.show(items=items) == ["a", "c"]
        assert diff(before, page.rendered or before) == {"0": {"1": {"0": "c"}}}

    def test_may_stand_among_items_that_are(self) -> None:
        page = CountedPage("{% for x in items %}<i>{{ x.name|seen }}</i>{% endfor %}")
        items = [freeze({"name": "plain"}), Item("a")]
        page.show(items=items)

        assert page.show(items=items) == ["a"]

    def test_may_be_a_list_that_is_changed_in_place(self) -> None:
        page, items = CountedPage("{% for x in items %}<i>{{ x|seen }}</i>{% endfor %}{{ items|length|seen }}"), ["a"]
        page.show(items=items)

        items.append("b")
        assert page.show(items=items) == ["b", 2]

    def test_may_be_a_generator(self) -> None:
        page = CountedPage("{% for x in items %}<i>{{ x|seen }}</i>{% endfor %}")
        page.show(items=lambda: iter("ab"))

        assert page.show(items=lambda: iter("cab")) == ["c"]

    def test_may_be_a_dict_of_which_only_some_values_are_plain(self) -> None:
        page, values = CountedPage("{{ d.a|seen }}{{ d.item.name|seen }}"), {"a": 1, "item": Item("one")}
        page.show(d=values)

        assert page.show(d=values) == [1, "one"]
