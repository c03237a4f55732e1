import pytest

from liveex_django.exceptions import InvalidDeclaration, MissingMigration, NewerSchema
from liveex_django.store import Store, freeze
from liveex_django.store.migrations import Migration


@pytest.fixture
def store():
    return Store("board", scope="global", schema=3, state={"cards": []})


def add_tags(state):
    for card in state["cards"]:
        card["tags"] = []


def rename(state):
    state["items"] = state.pop("cards")


class TestDeclaration:
    def test_leaves_the_function_as_it_is(self, store):
        assert store.migrate(1, 2)(add_tags) is add_tags

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (1, 3, "does not lead from one schema to the next"),
            (2, 1, "does not lead from one schema to the next"),
            (0, 1, "does not lead from one schema to the next"),
            ("1", "2", "does not lead from one schema to the next"),
            (3, 4, "leads beyond the store's schema, 3. Declare the store with schema=4"),
        ],
    )
    def test_refuses_steps_that_there_are_not(self, store, old, new, message):
        with pytest.raises(InvalidDeclaration) as caught:
            store.migrate(old, new)(add_tags)

        assert str(caught.value).startswith(f"@store.migrate({old!r}, {new!r}) of store 'board' {message}")

    def test_refuses_a_step_twice(self, store):
        store.migrate(1, 2)(add_tags)

        with pytest.raises(InvalidDeclaration, match="is declared already, as add_tags"):
            store.migrate(1, 2)(rename)

    def test_refuses_what_could_not_be_called(self, store):
        async def later(state): ...

        def generator(state):
            yield

        for function, message in [
            (later, "is async or a generator"),
            (generator, "is async or a generator"),
            (lambda: None, r"takes \(\), but is given the old state alone"),
            (lambda state, more: None, "but is given the old state alone"),
            (3, "which is no function"),
        ]:
            with pytest.raises(InvalidDeclaration, match=message):
                store.migrate(1, 2)(function)

    def test_a_store_with_migrations_cannot_be_nested(self, store):
        store.migrate(1, 2)(add_tags)

        with pytest.raises(InvalidDeclaration, match=r"has migrations.*Declare them on this store.*state\['board'\]"):
            Store("shop", scope="global", state={}, modules={"board": store})


class TestSteps:
    def test_lead_from_the_stored_schema_to_the_stores(self, store):
        store.migrate(1, 2)(add_tags)
        store.migrate(2, 3)(rename)

        assert store.migrations.steps(1) == (add_tags, rename)
        assert store.migrations.steps(2) == (rename,)
        assert store.migrations.steps(3) == ()

    def test_one_that_is_missing_is_shown_as_it_has_to_be_written(self, store):
        store.migrate(2, 3)(rename)

        with pytest.raises(MissingMigration) as caught:
            store.migrations.steps(1)

        assert "schema 1, the store has schema=3, and there is no migration from 1 to 2" in str(caught.value)
        assert "    @store.migrate(1, 2)\n    def from_1_to_2(state):" in str(caught.value)

    def test_there_is_no_way_back_from_a_later_release(self, store):
        with pytest.raises(NewerSchema, match="has schema 4, written by a later release; this process knows schema 3"):
            store.migrations.steps(4)


class TestMigration:
    def test_runs_its_steps_on_one_draft(self):
        migration = Migration.make("board", (add_tags, rename), {})

        effects = migration.run(freeze({"cards": [{"id": 1}]}), freeze({}))

        assert effects.state == {"items": [{"id": 1, "tags": []}]}

    def test_adds_the_states_of_modules_where_they_belong(self):
        migration = Migration.make("shop", (), {("cart", "coupons"): freeze({"codes": []})})

        effects = migration.run(freeze({"cart": {"items": []}}), freeze({}))

        assert effects.state == {"cart": {"items": [], "coupons": {"codes": []}}}

    def test_refuses_a_result(self):
        migration = Migration.make("board", (dict,), {})

        with pytest.raises(InvalidDeclaration, match="returned something, which nobody would get"):
            migration.run(freeze({}), freeze({}))
