"""
``FormMixin``: Django's forms, model forms and formsets in a live view, by the names of Django's own mixin.

What was entered is kept on the view as ``form_data`` and nowhere else: the browser sends all of it with each event, and
once more after a reconnect.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Model
from django.forms import BaseFormSet, BaseModelForm, BaseModelFormSet, FileField
from django.http import QueryDict

from ..exceptions import FileInLiveForm, InvalidDeclaration
from ..replication.threads import run_in_thread
from . import hooks
from .events import reset_fields
from .form_data import takes_form, touched_names
from .form_names import AnyForm, control_names, controls_of
from .form_rows import ADD, REMOVE, change_rows, forget_own_errors
from .view import Hook, LiveView, event


class FormMixin(LiveView):
    """
    A live view with a form, which its template has as ``form``: ``<form lx-change="validate" lx-submit="save">``.

    Attributes:
        form_class: A form, a model form, or what ``formset_factory`` and its relatives return.
        initial: What :meth:`get_initial` gives; for a formset a list.
        prefix: As of Django's forms; two forms on one page need two.
        success_url: Where :meth:`form_valid` leads. Without one the form is shown empty again.
        form_data: What was entered last; None while nothing was.
    """

    form_class: ClassVar[type[AnyForm] | None] = None
    initial: ClassVar[Mapping[str, Any] | Sequence[Mapping[str, Any]]] = {}
    prefix: ClassVar[str | None] = None
    success_url: ClassVar[str | None] = None
    post_events = frozenset({"save"})

    form_data: QueryDict | None = None

    # Controls whose errors are shown, by the names that the browser knows them by.
    _touched: frozenset[str] = frozenset()

    # What a project may override; but for form_valid and form_invalid they are plain ``def`` and run in a thread.

    def get_form_class(self) -> type[AnyForm]:
        """The class of the form."""
        if self.form_class is None:
            raise InvalidDeclaration(
                f"{type(self).__name__} has no form to show. Add one: form_class = GuestForm, or define get_form_class()."
            )
        return self.form_class

    def get_initial(self) -> Any:
        """What the form shows before anything was entered."""
        return copy(self.initial)

    def get_prefix(self) -> str | None:
        """The prefix of the form's names."""
        return self.prefix

    def get_instance(self) -> Model | None:
        """The object of a model form, which gets a copy: what is entered shows nowhere else before it is saved."""
        return None

    def get_form_kwargs(self) -> dict[str, Any]:
        """What the form is made with; ``data`` only when something was entered."""
        kwargs: dict[str, Any] = {"initial": self.get_initial(), "prefix": self.get_prefix()}
        if self.form_data is not None:
            kwargs["data"] = self.form_data
        if (instance := self.get_instance()) is not None:
            kwargs["instance"] = copy(instance)
        return kwargs

    def get_form(self) -> Any:
        """
        A new form with what has been entered.

        Raises:
            FileInLiveForm: It takes files.
        """
        form = self.get_form_class()(**self.get_form_kwargs())
        fields = form.empty_form.fields if isinstance(form, BaseFormSet) else form.fields
        for name, field in fields.items():
            if isinstance(field, FileField) and not field.disabled:
                raise FileInLiveForm(type(self).__name__, name)
        return form

    def get_success_url(self) -> str | None:
        """Where a saved form leads."""
        return None if self.success_url is None else str(self.success_url)  # perhaps reverse_lazy

    def form_valid(self, form: Any) -> Hook:
        """Save what can be saved, then go to the success URL or show an empty form. May be ``async def``."""
        if isinstance(form, BaseModelForm | BaseModelFormSet):
            form.save()
        url = self.get_success_url()
        if url is None and self.connected:
            self.reset_form()
        else:
            # Without JavaScript: what was posted must not be posted again when the page is loaded again.
            self.redirect(url or self.request.get_full_path())
        return None

    @hooks.default
    def form_invalid(self, form: Any) -> Hook:
        """Act on a form that was sent and is not valid; it is shown with all its errors. May be ``async def``."""
        return None

    # At hand in an event

    def reset_form(self) -> None:
        """Show the form as at first: the fields that the visitor has not changed since, too. Call it in a plain ``def``."""
        self.form_data, self._touched = None, frozenset()
        self.assigns["form"] = self.get_form()
        reset_fields()

    def trigger_action(self) -> None:
        """Let the browser post the form itself: ``<form {% if trigger_action %}lx-trigger-action{% endif %} …>``."""
        self.assigns["trigger_action"] = True

    @event(idempotent=True)
    @takes_form
    async def validate(self, data: QueryDict) -> None:
        """Show what is wrong with the fields that the visitor has touched: ``lx-change="validate"``."""
        await run_in_thread(self._validate, data)

    @event
    @takes_form
    async def save(self, data: QueryDict) -> None:
        """Take the form: ``lx-submit="save"``. Calls :meth:`form_valid` or :meth:`form_invalid`."""
        form, is_valid = await run_in_thread(self._take, data)
        if form is not None:
            await hooks.call(self.form_valid if is_valid else self.form_invalid, form)

    # Parts of them

    def _prepare(self) -> None:
        """Called once the view is mounted."""
        self.assigns.setdefault("trigger_action", False)
        if "form" not in self.assigns:
            self.assigns["form"] = self.get_form()

    def _validate(self, data: QueryDict) -> None:
        self.form_data = data
        form = self.get_form()
        # Once shown, errors are shown until the form is empty again, also when the browser has forgotten.
        self._touched |= touched_names(data, control_names(form))
        self._show(form)

    def _take(self, data: QueryDict) -> "tuple[AnyForm | None, bool]":
        """The form to act upon and whether it is valid; None when rows were only added or removed."""
        self.form_data = data
        self.assigns["trigger_action"] = False
        form = self.get_form()
        if isinstance(form, BaseFormSet) and (f"{form.prefix}-{ADD}" in data or f"{form.prefix}-{REMOVE}" in data):
            self.form_data, self._touched = change_rows(form, data, self._touched)
            self._show(self.get_form())
            reset_fields()
            return None, False
        self._touched = frozenset(control_names(form))
        is_valid = form.is_valid()
        self.assigns["form"] = form
        return form, is_valid

    def _show(self, form: AnyForm) -> None:
        """Take from the form the errors of what has not been touched, and let the template have it."""
        forms = form.forms if isinstance(form, BaseFormSet) else [form]
        is_untouched = False
        for each in forms:
            hidden = [name for name in each.fields if not self._touched.issuperset(controls_of(each[name]))]
            is_untouched = is_untouched or bool(hidden)
            for name in [*hidden, NON_FIELD_ERRORS] if hidden else ():
                each.errors.pop(name, None)
        if is_untouched and isinstance(form, BaseFormSet):
            forget_own_errors(form)
        self.assigns["form"] = form
