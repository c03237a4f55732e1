"""The live views of the warehouse: the dashboard, one item, and the three forms that stand in them."""

import asyncio
from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404

from demo_project.warehouse.choice import PER_PAGE, Choice
from demo_project.warehouse.forms import ImportForm, ItemForm, NewItemForm
from liveex_django.live import FormMixin, LiveView, event

# An import stores so many items at a time, and waits as if each lot came from somewhere (s).
_AT_A_TIME, _PAUSE = 5, 0.1


class WarehouseLive(LiveView):
    """Everything at a glance, and the table of items, whose state is in the URL."""

    store = "demo_project.warehouse.store"
    stores = {"imports": "demo_project.warehouse.imports"}
    template_name = "warehouse/warehouse.html"

    def handle_params(self, params):
        self.choice = Choice.of(params)
        self.show_items()

    def handle_mutation(self, entry):
        self.show_items()

    def handle_resync(self, version):
        self.show_items()

    def show_items(self):
        choice = self.choice
        pages = Paginator(choice.matching(self.getters["rows"]), PER_PAGE)
        page = pages.get_page(choice.page)
        self.assigns.update(
            choice=choice.asdict(),
            shown=list(page.object_list),
            first=page.start_index(),
            last=page.end_index(),
            found=pages.count,
            links=choice.links(
                before=page.number - 1 if page.has_previous() else None,
                after=page.number + 1 if page.has_next() else None,
            ),
        )

    @event
    def search(self, q: str):
        self.push_patch(self.choice.query(search=q.strip(), page=1, edit=""), replace=True)


class ItemLive(LiveView):
    """One item, with what has happened to it lately."""

    store = "demo_project.warehouse.store"
    template_name = "warehouse/item.html"

    def mount(self):
        self.show_item()

    def handle_params(self, params):
        self.assigns["is_editing"] = "edit" in params

    def handle_mutation(self, entry):
        self.show_item()

    def handle_resync(self, version):
        self.show_item()

    def show_item(self):
        item = self.state["items"].get(self.kwargs["sku"])
        if item is None:
            raise Http404(f"There is no item {self.kwargs['sku']}.")
        self.assigns.update(
            item=item,
            euros=Decimal(item["price"]) / 100,
            most=max(2 * item["minimum"], item["stock"]),  # what the meter ends at
            moved=[line for line in self.state["lines"] if line["item"] == item["name"]],
        )


class EditItemLive(FormMixin, LiveView):
    """Changes one item, in the row of the table or on its own page. ``back`` is the query to return to."""

    template_name = "warehouse/edit.html"
    form_class = ItemForm

    def get_initial(self):
        item = self.state["items"][self.kwargs["sku"]]
        return {**item, "price": Decimal(item["price"]) / 100}

    async def form_valid(self, form):
        await self.adispatch("change", sku=self.kwargs["sku"], **form.cleaned_data)
        messages.success(self.request, f"{form.cleaned_data['name']} is changed.")
        self.push_patch(self.kwargs["back"])


class NewItemLive(FormMixin, LiveView):
    """Puts a new item on the shelves."""

    template_name = "warehouse/new.html"
    form_class = NewItemForm

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "taken": frozenset(self.state["items"])}

    async def form_valid(self, form):
        await self.adispatch("add", item=form.cleaned_data)
        messages.success(self.request, f"{form.cleaned_data['name']} is on the shelves.")
        self.push_patch(self.kwargs["back"])


class ImportLive(FormMixin, LiveView):
    """Takes many items at once, while the page goes on."""

    stores = {"imports": "demo_project.warehouse.imports"}
    template_name = "warehouse/import.html"
    form_class = ImportForm

    async def form_valid(self, form):
        items = form.cleaned_data["rows"]
        await self.adispatch("imports/start", total=len(items))
        # The dialog may be closed meanwhile.
        self.start_async(self.put(items), name="import", keep=True)
        self.push_patch(self.kwargs["back"])

    async def put(self, items):
        for start in range(0, len(items), _AT_A_TIME):
            some = items[start : start + _AT_A_TIME]
            await self.adispatch("put", items=some)
            await self.adispatch("imports/count", done=len(some))
            await asyncio.sleep(_PAUSE)
