"""``{% js %}``: commands as the value of an attribute."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.translation import gettext_lazy

from liveex_django.live import JS
from liveex_django.rendering import compile_template


def render(source, **values):
    return Template("{% load liveex %}" + source).render(Context(values))


class TestTheTag:
    def test_is_the_chain_escaped_for_an_attribute(self):
        html = render('{% js hide "#menu" then push "save" id=item.id %}', item={"id": "<3'"})

        assert html == JS.hide("#menu").push("save", id="<3'").__html__()
        assert not set(html) & set("<>\"'")

    def test_is_what_a_variable_with_the_chain_is(self):
        assert render("{{ chain }}", chain=JS.toggle("#x")) == render("{% js toggle '#x' %}")

    def test_takes_lazy_translations(self):
        assert (
            render("{% js set_attribute 'title' t %}", t=gettext_lazy("Yes"))
            == JS.set_attribute("title", "Yes").__html__()
        )

    def test_is_evaluated_again_only_when_an_argument_has_changed(self):
        live = compile_template(Template("{% load liveex %}{% js push 'save' id=item.id %}"))

        assert (live.reads.names, live.reads.complete, live.reads.steady) == ({"item.id"}, True, True)

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("{% js %}", "has no command ''"),
            ("{% js togle '#x' %}", "Did you mean toggle"),
            ("{% js focus '#x' then %}", "has no command ''"),
            ("{% js focus within='li' '#x' %}", "behind its named arguments"),
            ("{% js focus 1 %}", "has to=1"),
            ("{% js focus '#x' speed=3 %}", "unexpected keyword argument 'speed'"),
            ("{% js as_data %}", "has no command 'as_data'"),
            ("{% js __init__ %}", "has no command '__init__'"),
        ],
    )
    def test_says_what_is_wrong(self, source, says):
        with pytest.raises(TemplateSyntaxError, match=says):
            render(source)
