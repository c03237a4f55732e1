"""Live views with a form of every kind."""

from datetime import date, datetime

from django import forms
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxLengthValidator

from liveex_django.live import FormMixin, LiveView, event
from liveex_django.store import Reject


class GuestForm(forms.Form):
    # Not max_length=10: a browser would not let anybody type more.
    name = forms.CharField(validators=[MaxLengthValidator(10)])
    email = forms.EmailField()
    arrives = forms.SplitDateTimeField(required=False)
    leaves = forms.DateField(required=False, widget=forms.SelectDateWidget(years=[2026]))
    vegan = forms.BooleanField(required=False)

    def clean(self):
        if self.cleaned_data.get("name") == "root":
            raise forms.ValidationError("Not this one.")


class Guests(FormMixin):
    form_class = GuestForm
    initial = {"email": "@example.com"}
    template_name = "forms_tests/guests.html"

    def mount(self):
        self.assigns["guests"] = []
        self.assigns["refused"] = 0

    async def form_valid(self, form):
        self.assigns["guests"] = [*self.assigns["guests"], form.cleaned_data["name"]]
        if self.connected:
            self.reset_form()

    def form_invalid(self, form):
        self.assigns["refused"] += 1


class CrispyGuests(Guests):
    template_name = "forms_tests/crispy.html"


class TweakedGuests(Guests):
    template_name = "forms_tests/tweaked.html"


class DivGuests(Guests):
    template_name = "forms_tests/div.html"


class EditUser(FormMixin):
    form_class = forms.modelform_factory(User, fields=["username", "email"])
    template_name = "forms_tests/user.html"
    success_url = "/done/"

    def mount(self):
        self.assigns["account"] = self.get_instance()

    def get_instance(self):
        return User.objects.get(username="ann")


class NewGroup(FormMixin):
    """Where nothing says what comes next, the form is empty again."""

    form_class = forms.modelform_factory(Group, fields=["name"])
    template_name = "forms_tests/group.html"


class RowForm(GuestForm):
    arrives = forms.SplitDateTimeField(required=False, initial=datetime(2026, 12, 24, 18))
    leaves = forms.DateField(required=False, initial=date(2026, 12, 27), widget=forms.SelectDateWidget(years=[2026]))
    vegan = forms.BooleanField(required=False, initial=True)
    meal = forms.ChoiceField(choices=[("meat", "Meat"), ("fish", "Fish")], initial="fish", required=False)


class Rows(FormMixin):
    form_class = forms.formset_factory(RowForm, extra=1, max_num=3, min_num=1, validate_min=True)
    template_name = "forms_tests/rows.html"

    def mount(self):
        self.assigns["saved"] = 0

    def form_valid(self, form):
        self.assigns["saved"] = len([each for each in form.cleaned_data if each])


class Permissions(FormMixin):
    form_class = forms.inlineformset_factory(ContentType, Permission, fields=["name", "codename"], extra=0)
    template_name = "forms_tests/permissions.html"
    success_url = "/done/"

    def get_instance(self):
        return ContentType.objects.get(app_label="auth", model="group")


class UploadForm(GuestForm):
    photo = forms.FileField()


class Upload(FormMixin):
    form_class = UploadForm
    template_name = "forms_tests/div.html"


class Formless(FormMixin):
    template_name = "forms_tests/div.html"


class Login(FormMixin):
    form_class = AuthenticationForm
    template_name = "forms_tests/login.html"
    success_url = "/done/"

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form):
        if self.connected:
            self.trigger_action()
        else:
            login(self.request, form.get_user())
            super().form_valid(form)


class Plain(LiveView):
    """Typed events; some of them work without JavaScript too."""

    template_name = "forms_tests/plain.html"
    post_events = {"rename", "refuse"}

    def mount(self):
        self.assigns["title"] = "nothing"

    @event
    def rename(self, title: str, size: int = 0):
        self.assigns["title"] = f"{title} {size}"

    @event
    def refuse(self):
        raise Reject("no")

    @event
    def secret(self):
        raise AssertionError("reached by a POST")


class Around(LiveView):
    template_name = "forms_tests/around.html"
    # Of the view nested in it.
    post_events = {"save"}


class Members(Plain):
    login_required = True


class Static(LiveView):
    template_name = "forms_tests/plain.html"
