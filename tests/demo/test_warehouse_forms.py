"""The forms of the warehouse, as ordinary Django forms."""

from demo_project.warehouse.forms import ImportForm, ItemForm, NewItemForm

GOOD = {"sku": "HB-09", "name": "Hex bolt M20", "place": "A1-9", "stock": "5", "minimum": "10", "price": "1.20"}
STORED = {"sku": "HB-09", "name": "Hex bolt M20", "place": "A1-9", "stock": 5, "minimum": 10, "price": 120}


class TestAnItem:
    def test_has_its_price_in_cents(self):
        form = ItemForm({**GOOD, "price": "0.07"})

        assert form.is_valid()
        assert form.cleaned_data == {"name": "Hex bolt M20", "place": "A1-9", "minimum": 10, "price": 7}

    def test_stands_at_a_place(self):
        assert ItemForm({**GOOD, "place": "there"}).errors["place"] == ["Aisle, shelf and bin, such as A1-8."]

    def test_that_is_new_is_as_the_store_has_it(self):
        form = NewItemForm(GOOD)

        assert form.is_valid()
        assert form.cleaned_data == STORED

    def test_that_is_new_has_a_number_of_its_own(self):
        form = NewItemForm(GOOD, taken=frozenset({"HB-09"}))

        assert form.errors == {"sku": ["There is a HB-09 already."]}


class TestLines:
    def test_are_items(self):
        form = ImportForm({"rows": "HB-09, Hex bolt M20, A1-9, 5, 10, 1.20\n"})

        assert form.is_valid()
        assert form.cleaned_data["rows"] == [STORED]

    def test_may_begin_with_the_names_of_the_columns(self):
        form = ImportForm({"rows": "sku,name,place,stock,minimum,price\nHB-09,Hex bolt M20,A1-9,5,10,1.20"})

        assert form.is_valid()
        assert len(form.cleaned_data["rows"]) == 1

    def test_that_are_wrong_are_named_and_none_is_taken(self):
        form = ImportForm({"rows": "HB-09,Hex bolt M20,A1-9,5,10,1.20\nHB-10,too few\nHB-11,Hex bolt,A1-9,-1,10,1.20"})

        assert not form.is_valid()
        assert form.errors["rows"] == [
            "Line 2 has 2 values instead of 6.",
            "Line 3, stock: Ensure this value is greater than or equal to 0.",
        ]
