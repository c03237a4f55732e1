"""What a render depends on besides the names of its context."""

from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.template import Context
from django.urls import clear_script_prefix, include, path, set_script_prefix, set_urlconf
from django.utils import timezone, translation
from django.views import View

from liveex_django.rendering import compile_template
from tests.rendering.counted import CountedPage

WHEN = datetime(2024, 1, 1, 12, tzinfo=UTC)

_inner = ([path("", View.as_view(), name="index")], "shop")
urlpatterns = [path("one/", include(_inner, namespace="one")), path("two/", include(_inner, namespace="two"))]


class TestSurroundings:
    def test_another_language_gives_another_text(self) -> None:
        page = CountedPage("{% translate 'Yes' %}{{ a|seen }}")
        page.show(a=1)

        with translation.override("de"):
            assert page.show(a=1) == [1]
            assert page.html == "Ja1"
            assert page.show(a=1) == []

    def test_another_time_zone_gives_another_time(self) -> None:
        page = CountedPage("{{ when|time:'H:i' }}{{ a|seen }}")
        page.show(when=WHEN, a=1)

        with timezone.override("Asia/Tokyo"):
            assert page.show(when=WHEN, a=1) == [1]
            assert page.html == "21:001"

    def test_another_namespace_gives_another_address(self, settings: Any) -> None:
        settings.ROOT_URLCONF = __name__
        page, request = CountedPage("{% url 'shop:index' %}{{ a|seen }}"), HttpRequest()
        request.resolver_match = SimpleNamespace(namespace="one")  # type: ignore[assignment]
        page.show(request=request, a=1)
        assert page.html == "/one/1"

        request.resolver_match = SimpleNamespace(namespace="two")  # type: ignore[assignment]
        assert page.show(request=request, a=1) == [1]
        assert page.html == "/two/1"
        assert page.show(request=request, a=1) == []

    def test_other_urls_give_another_address(self, settings: Any) -> None:
        settings.ROOT_URLCONF = __name__
        page = CountedPage("{% url 'one:index' %}{{ a|seen }}")
        page.show(a=1)

        set_script_prefix("/app/")
        try:
            assert page.show(a=1) == [1]
        finally:
            clear_script_prefix()
        assert page.html == "/app/one/1"
        page.show(a=1)

        elsewhere = ModuleType("elsewhere")
        elsewhere.urlpatterns = [path("else/", include(urlpatterns))]  # type: ignore[attr-defined]
        set_urlconf(elsewhere)  # type: ignore[arg-type]
        try:
            assert page.show(a=1) == [1]
        finally:
            set_urlconf(None)
        assert page.html == "/else/one/1"

    def test_a_context_without_escaping_gives_other_texts(self) -> None:
        template = compile_template(CountedPage("{{ a }}").template)
        old = template.render(Context({"a": "<"}))

        assert str(template.render(Context({"a": "<"}, autoescape=False), old)) == "<"
