"""What all views of a template share: it is the same in each, and nothing in it depends on what only one of them has."""

import pytest
from django.template import Context

from liveex_django.rendering import compile_template
from tests.rendering.counted import CountedPage


class TestASharedTree:
    @pytest.mark.parametrize(
        "source",
        [
            "{% total a as x %}{{ x }}",
            "{% unknown_total a as x %}<p>{{ x }}</p>{% for y in l %}{{ x }}{% endfor %}",
            "{% if a %}{% total a as x %}{% endif %}{{ x }}",
            "{% autoescape off %}{% total a as x %}{% endautoescape %}{{ x }}",
            "{% for y in l %}{% total y as x %}{{ x }}{% endfor %}{{ x }}",
            "{% with y=a %}{% total y as x %}{{ x }}{% endwith %}{{ x }}",
            "{% include 'writes.html' %}{{ x }}{% if a %}{% include 'writes.html' %}{% endif %}{{ x }}",
        ],
    )
    def test_has_nothing_in_it_that_a_tag_of_each_view_may_have_written(self, source: str) -> None:
        template = CountedPage(source, **{"writes.html": "{% total a as x %}{{ x }}"}).template
        state = {"a": 1, "l": [1, 2]}
        shared = compile_template(template).render_shared(Context(state), frozenset({"user"}))

        rendered = compile_template(template).render(Context(state), shared=shared)

        assert str(rendered) == template.render(Context(state))
