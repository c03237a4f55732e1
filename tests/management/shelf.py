"""A store module that nothing imports."""

from liveex_django.store import Store

store = Store("tests.shelf", scope="global", state={})


@store.action
async def bump(ctx): ...
