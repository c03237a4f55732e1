"""What is told of an update to those who ask why it took long."""

from typing import Any

from django.template import Context

from liveex_django.rendering import compile_template
from liveex_django.rendering.report import count_slots, evaluated_between
from liveex_django.store import FrozenList, freeze
from tests.rendering.counted import CountedPage


class Reported(CountedPage):
    def report(self, **values: Any) -> list[str]:
        """What is told of the step to these values."""
        before = self.rendered
        self.show(**values)
        assert self.rendered is not None
        return list(map(str, evaluated_between(before, self.rendered)))


class TestAReport:
    def test_names_the_slots_that_were_evaluated_and_the_names_that_changed(self) -> None:
        page = Reported("{{ a }}\n{{ b|add:c }}{{ c }}\n<p class='{{ a }} x'></p>")
        page.show(a=1, b=2, c=3)

        assert page.report(a=1, b=4, c=3) == ["line 2, {{ b|add:c }}: b has changed; it has changed"]
        assert page.report(a=5, b=4, c=3) == [
            "line 1, {{ a }}: a has changed; it has changed",
            "line 3, class='{{ a }} x': a has changed; it has changed",
        ]
        assert page.report(a=5, b=4, c=3) == []

    def test_says_when_nothing_came_of_it(self) -> None:
        page = Reported("{% if a %}yes{% endif %}")
        page.show(a=1)

        assert page.report(a=2) == ["line 1, {% if a %}: a has changed; nothing came of it"]

    def test_counts_the_rows_of_a_loop(self) -> None:
        page, rows = Reported("{% for x in rows %}<i>{{ x.n }}</i>{% endfor %}"), freeze([{"n": 1}, {"n": 2}])
        page.show(rows=rows)

        assert page.report(rows=FrozenList([freeze({"n": 3}), *rows])) == [
            "line 1, {% for x in rows %}: rows has changed; 1 of 3 rows are new or changed"
        ]

    def test_tells_why_a_slot_is_evaluated_every_time(self) -> None:
        values = {"a": 1, "item": [1]}
        page = Reported("{{ a|unknown }}{% total a as x %}{% now 'Y' %}{{ item }}{% unknown_node a %}")
        page.show(**values)

        assert page.report(**values) == [
            "line 1, {{ a|unknown }}: not known to be pure; nothing came of it",
            "line 1, {% total a as x %}: it writes a name; nothing came of it",
            "line 1, {% now 'Y' %}: it depends on the clock, on chance or on a count; nothing came of it",
            "line 1, {{ item }}: item is not plain data; nothing came of it",
            "line 1, {% unknown_node a %}: not known to be pure; nothing came of it",
        ]

    def test_looks_into_included_templates_and_blocks(self) -> None:
        base = "{{ a }}\n{% block b %}{% endblock %}"
        page = Reported(
            "{% extends 'base' %}{% block b %}\n\n{{ a }}{% include 'inner' %}{% endblock %}",
            base=base,
            inner="{{ b }}{{ a }}",
        )
        page.show(a=1, b=2)

        assert page.report(a=1, b=3) == ["line 1, {{ b }}: b has changed; it has changed"]
        assert page.rendered is not None
        assert count_slots(page.rendered) == 4

    def test_says_so_when_there_was_nothing_before(self) -> None:
        assert Reported("{{ a }}").report(a=1) == [
            "the template: nothing was there before to begin with; all of it is new"
        ]

    def test_says_what_markup_was_not_divided(self) -> None:
        page = Reported("{% if a %}<div>{% endif %}{{ b }}{% if a %}</div>{% endif %}")
        page.show(a=1, b=2)

        assert page.report(a=1, b=3) == ["markup that cannot be divided: b has changed; it has changed"]

    def test_tells_what_was_done_for_all_from_what_was_done_for_one(self) -> None:
        template = compile_template(CountedPage("{{ a }}{{ user }}").template)
        local = frozenset({"user"})
        first = template.render_shared(Context({"a": 1}), local)
        old = template.render(Context({"a": 1, "user": "ada"}), shared=first)

        second = template.render_shared(Context({"a": 2}), local, first)
        new = template.render(Context({"a": 2, "user": "eve"}), old, second)

        assert list(map(str, evaluated_between(old, new))) == [
            "line 1, {{ a }}: a has changed; it has changed (once for all)",
            "line 1, {{ user }}: user has changed; it has changed",
        ]
