from liveex_django.store import Store

store = Store("counter", scope="global", state={"count": 0})


@store.mutation  # the only way to change the state
def add(state, amount: int):
    state["count"] += amount


@store.getter  # derived from the state, and remembered
def parity(state):
    return "even" if state["count"] % 2 == 0 else "odd"


@store.action(public=True, idempotent=True)  # a browser may ask for it, and again when the answer is lost
async def increment(ctx):
    await ctx.acommit(add, 1)


@store.action(public=True, idempotent=True)
async def decrement(ctx):
    await ctx.acommit(add, -1)
