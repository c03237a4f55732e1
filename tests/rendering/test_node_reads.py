"""What each tag reads, and what it writes for those behind it."""

from typing import Any

import pytest
from django.template import Engine
from django.urls import path
from django.utils.functional import SimpleLazyObject
from django.views import View

from liveex_django.rendering.names import Reads
from liveex_django.rendering.node_reads import reads_of_nodes
from tests.rendering.counted import CountedPage

LIBRARIES = {name: f"django.templatetags.{name}" for name in ("i18n", "l10n", "static", "tz")}


def reads(source: str) -> Reads:
    engine = Engine(libraries=LIBRARIES, builtins=[*LIBRARIES.values(), "tests.rendering.counted"])
    return reads_of_nodes(engine.from_string(source).nodelist)


class TestNames:
    @pytest.mark.parametrize(
        ("source", "names"),
        [
            ("text {% verbatim %}{{ a }}{% endverbatim %}{% comment %}{{ a }}{% endcomment %}{# {{ a }} #}", ""),
            ("{{ a }}{{ 'text' }}{{ 1 }}{{ _('text') }}", "a"),
            ("{{ a.b }}{{ c.d.e }}{{ l.0 }}", "a.b c.d l.0"),
            ("{{ a|default:b|add:c.d }}", "a b c.d"),
            ("{% if a and not b or c.d == 1 %}{{ e }}{% elif f in g %}{% else %}{{ h }}{% endif %}", "a b c.d e f g h"),
            ("{% for x in l|slice:n %}{{ x }}{{ y }}{{ forloop.counter }}{% empty %}{{ e }}{% endfor %}", "l n y e"),
            ("{% for x in l %}{{ forloop.parentloop.counter }}{% endfor %}", "forloop l"),
            ("{% with x=a.b y=c %}{{ x }}{{ y }}{{ z }}{% endwith %}", "a.b c z"),
            ("{% autoescape off %}{{ a }}{% endautoescape %}{% spaceless %}{{ b }}{% endspaceless %}", "a b"),
            ("{% filter upper|add:b %}{{ a }}{% endfilter %}", "a b"),
            ("{% url view a b=c.d %}", "view a c.d"),
            ("{% static 'x' %}{% static a %}{% get_static_prefix %}", "a"),
            ("{% firstof a b 'none' %}{% widthratio c d 100 %}", "a b c d"),
            ("{% csrf_token %}", "csrf_token"),
            ("{% translate 'yes' %}{% translate a context b %}", "a b"),
            ("{% blocktranslate %}{{ a }}{% endblocktranslate %}", "a"),
            (
                "{% blocktranslate with x=a.b count n=l|length %}{{ x }}{{ y }}{% plural %}{{ n }}s{% endblocktranslate %}",
                "a.b l y",
            ),
            ("{% blocktranslate count n=a %}one{% plural %}{{ n }} {{ z }}{% endblocktranslate %}", "a z"),
            ("{% language code %}{{ a }}{% endlanguage %}{% timezone zone %}{{ b }}{% endtimezone %}", "a b code zone"),
            ("{% localize on %}{{ a }}{% endlocalize %}{% localtime off %}{{ b }}{% endlocaltime %}", "a b"),
            ("{% total a more=b.c %}{% pure_node d %}", "a b.c d"),
            ("{% card a %}", "a csrf_token"),
        ],
    )
    def test_are_known_and_all_there_is(self, source: str, names: str) -> None:
        assert reads(source) == Reads(frozenset(names.split()))

    @pytest.mark.parametrize(
        ("source", "names"),
        [
            ("{% url view a as x %}", "view a"),
            ("{% translate a as x %}", "a"),
            ("{% blocktranslate asvar x %}{{ a }}{% endblocktranslate %}", "a"),
            ("{% static a as x %}", "a"),
            ("{% firstof a b as x %}", "a b"),
            ("{% widthratio a b 100 as x %}", "a b"),
            ("{% total a as x %}", "a"),
            ("{% get_current_language as x %}{% get_current_timezone as y %}", ""),
        ],
    )
    def test_are_known_of_a_tag_that_writes_one_and_is_evaluated_every_time(self, source: str, names: str) -> None:
        assert reads(source) == Reads(frozenset(names.split()), complete=False, steady=False)

    @pytest.mark.parametrize("source", ["{% now 'Y' %}", "{% lorem %}", "{{ a|random }}", "{{ a|timesince }}"])
    def test_are_not_all_of_what_reads_the_clock_or_throws_dice(self, source: str) -> None:
        found = reads(source)

        assert (found.complete, found.steady, found.quick) == (False, True, True)

    @pytest.mark.parametrize("source", ["{% cycle a b %}", "{% ifchanged a %}{{ b }}{% endifchanged %}"])
    def test_are_not_all_of_what_counts(self, source: str) -> None:
        found = reads(source)

        assert found.names == {"a", "b"}
        assert not found.complete

    @pytest.mark.parametrize("source", ["{{ dicts }}", "{{ request.user }}", "{{ day.today }}", "{{ a|unknown }}"])
    def test_are_not_all_of_what_may_give_something_else_each_time(self, source: str) -> None:
        assert not reads(source).complete

    @pytest.mark.parametrize(
        "source", ["{% unknown_total a %}", "{% unknown_node a %}", "{% debug %}", "{% include a %}"]
    )
    def test_are_unknown_of_other_tags_which_may_do_anything(self, source: str) -> None:
        assert reads(source) == Reads(complete=False, steady=False, quick=False)


class TestATagThatIsKnown:
    @pytest.mark.parametrize(
        "tag",
        [
            "{% csrf_token %}",
            "{% plain_card a %}",
            "{% url 'home' %}",
            "{% static 'a.png' %}",
            "{% translate 'yes' %}",
            "{% blocktranslate %}{{ a }} of many{% endblocktranslate %}",
            "{% widthratio a 4 100 %}",
            "{% firstof a 'none' %}",
        ],
    )
    def test_keeps_the_row_in_which_it_stands(self, tag: str, settings: Any) -> None:
        settings.ROOT_URLCONF = __name__
        page = CountedPage(f"{{% for x in l %}}<i>{{{{ x|seen }}}}{tag}</i>{{% endfor %}}")
        token = SimpleLazyObject(lambda: "token")
        page.show(l=["a", "b"], a=1, csrf_token=token)

        assert page.show(l=["a", "c"], a=1, csrf_token=token) == ["c"]


class TestWhatATagWrites:
    def test_is_seen_by_what_follows(self) -> None:
        page = CountedPage("{{ x|default:0|seen }}{% total a as x %}{{ x|seen }}{{ b|seen }}")
        page.show(a=1, b="b")

        # The tag itself is evaluated every time.
        assert page.show(a=1, b="b") == [1]
        assert page.show(a=2, b="b") == [2, 2]
        assert page.show(a=2, b="c") == [2, "c"]

    @pytest.mark.parametrize(
        "source",
        [
            "{{ x|seen }}{% total a as x %}",
            "{% for y in l %}{{ x|seen }}{% total a as x %}{% endfor %}",
            "{% if a %}{{ x|seen }}{% total a as x %}{{ x }}{% endif %}{{ x }}",
        ],
    )
    def test_is_not_taken_for_what_was_there_before(self, source: str) -> None:
        page = CountedPage(source)
        page.show(a=1, x=5, l=["a"])

        # The tag wrote a 1 as well.
        assert 1 in page.show(a=1, x=1, l=["a"])

    def test_may_hide_a_getter_that_was_read_before(self) -> None:
        page = CountedPage("{% if a %}{{ x|seen }}{% total a as x %}{% endif %}")

        class Lazy(dict[str, Any]):
            """A getter that nobody has read."""

            is_read = False

            def __getitem__(self, name: str) -> Any:
                self.is_read = True
                return super().__getitem__(name)

            def was_read(self, name: str) -> bool:
                return self.is_read

        page.show(Lazy(x=5), a=1)

        assert page.show(Lazy(x=7), a=1) == [7, 1]

    def test_is_seen_by_the_rows_of_a_loop_behind_it(self) -> None:
        page = CountedPage("{% total a as x %}{% for y in l %}<i>{{ y|joined:x }}</i>{% endfor %}")
        page.show(a=1, l=["a", "b"])

        assert page.show(a=1, l=["a", "b"]) == [1]
        assert page.show(a=2, l=["a", "b"]) == [2, ("a", 2), ("b", 2)]

    def test_in_a_branch_is_seen_by_the_rest_of_it(self) -> None:
        page = CountedPage(
            "{% if a %}{% total b as x %}<i>{{ x|seen }}</i>{% if a %}{{ x|seen }}{% endif %}{% endif %}"
        )
        page.show(a=1, b=2)

        assert page.show(a=1, b=3) == [3, 3, 3]

    def test_in_a_row_is_seen_by_the_rest_of_it(self) -> None:
        page = CountedPage("{% for y in l %}<i>{% firstof y as x %}{{ x|seen }}</i>{% endfor %}")
        page.show(l=["a", "b"])

        assert page.show(l=["a", "c"]) == ["a", "c"]
        assert page.html == "<i>a</i><i>c</i>"

    def test_by_a_tag_that_nobody_knows_is_seen_too(self) -> None:
        page = CountedPage("{% unknown_total a as x %}{{ x|seen }}{{ b|seen }}")
        page.show(a=1, b=2)

        assert page.show(a=1, b=2) == [1]
        assert page.show(a=3, b=2) == [3, 3]


urlpatterns = [path("", View.as_view(), name="home")]
