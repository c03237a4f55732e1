"""
Every error this package raises on purpose, in one tree.

Each class is also a built-in kind, so that code which knows nothing of us can catch it, and builds its own text,
so that a raise is one line::

    LiveExError
    ├── Reject                    a mutation or hook refuses; nothing changed, the caller is told
    │   ├── AlreadyRunning, Superseded    an action's policy= let another one of its kind go first
    │   ├── VersionGone           LookupError: a version that never was, or is no longer kept
    │   └── UndoRefused           later entries changed what is to be undone; .conflicts has them
    ├── UnknownName               LookupError
    │   └── UnknownMutation, UnknownAction, UnknownGetter, UnknownStore, UnknownEvent, UnknownView
    ├── InvalidDeclaration        TypeError: a store, mutation, action, getter or view is declared wrongly
    ├── InvalidState              TypeError: a value that state cannot hold
    ├── InvalidDetail             TypeError: what a view pushes or answers, and a browser cannot be sent
    ├── FrozenState               TypeError: a write outside a mutation
    ├── RevokedDraft              RuntimeError: a draft used after its mutation ended
    ├── InvalidPayload            ValueError: arguments that do not fit a mutation, action or event
    ├── GetterCycle               RuntimeError
    ├── DamagedPatch              ValueError: a patch that does not fit the state
    ├── DamagedEntry              ValueError: bytes that are not an entry or a state of ours
    ├── NotReady                  RuntimeError: used before Django was set up
    ├── NoSharedLog               RuntimeError: a change nobody would ever see
    │   └── LogElsewhere          a history that only another process has
    ├── CommitInTransaction       RuntimeError: a commit that a rollback could not take back
    ├── ActionTimeout             TimeoutError: an action took longer than its timeout=
    ├── ActionCancelled           RuntimeError: what an action awaited was cancelled
    ├── DispatchCircle            RuntimeError: actions that would wait for each other for ever
    ├── MissingMigration          RuntimeError: a stored state of an earlier schema, and no way from there
    ├── NewerSchema               RuntimeError: a stored state of a later release; this one must not touch it
    ├── ReplayDiffers             AssertionError: a replay in which running the mutations led elsewhere than the patches
    ├── ImpureMutation, ImpureGetter  RuntimeError: in development, one that gives something else when it runs again
    ├── StateTooLarge             ValueError: a state that would grow past LIVEEX["MAX_STATE"]
    ├── NotInTransaction          RuntimeError: $undo or $redo within a transaction
    ├── AtomicInTransaction       RuntimeError: an atomic action within a transaction of another kind
    ├── OutboxMissing             RuntimeError: an atomic action without the table that its commits pass through
    ├── CommitsRefused            RuntimeError: rows that are in the database, and commits that came too late
    ├── CommitInMutation          RuntimeError: a mutation that commits, dispatches or reads another store
    ├── LogConflict               RuntimeError: a log that another process has moved under our feet
    ├── LogError                  RuntimeError: a log in Redis that cannot do what it is asked; nothing was committed
    │   ├── OutcomeUnknown        but here: a commit that may be in the log or not
    │   ├── LogUnreachable        nobody answers
    │   ├── LogRefused            Redis answers, and refuses
    │   │   ├── LogDenied, LogReadOnly, LogFull
    │   ├── LogUnsupported        a server that is too old, or data that is too new
    │   ├── LogKeyTaken           something else stands where the log belongs
    │   └── LogMisconfigured      ValueError: an address or a prefix that cannot be one
    ├── NotAllowed                PermissionError
    ├── InvalidToken              ValueError: a join token that is changed, expired or someone else's
    │   └── OtherRelease
    ├── UnsafeRedirect            ValueError: a URL of another site, or of a scheme that runs code
    ├── NavigationRefused         RuntimeError: a page cannot go there from where it is
    ├── InvalidFrame              ValueError: a message that is not of the wire format
    ├── FileInLiveForm            TypeError: a form of a live view with a file field
    ├── TemplateNotLive           ValueError: a template without a part that could update itself
    ├── NameShadowed              ValueError: two things claim one name in a template
    ├── InvalidAttribute          TypeError: a component that is given what it does not take
    ├── InvalidKey                ValueError: a nested live view whose key= is none, or another one's
    ├── NotInLiveView             RuntimeError: a live region that no live view renders
    ├── TooMuchAsyncWork          RuntimeError: more start_async and assign_async at a time than a page may have
    └── NameSetOutside            RuntimeError: a live region reads what a tag outside of it has set
"""

from collections.abc import Iterable, Sequence
from typing import Any


class LiveExError(Exception):
    """The root of the tree."""


class Reject(LiveExError):
    """
    Raised by a mutation, an action or a hook that refuses: nothing changes, nothing is logged, the caller is told.

    ``reason`` is shown to whoever asked for the change, so write it for them.
    """

    def __init__(self, reason: str = "rejected") -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownName(LiveExError, LookupError):
    """A name that nothing was declared under; says the nearest match and all known names."""

    kind = "name"

    def __init__(self, name: str, known: Iterable[str], *, owner: str, consequence: str, nearest: str | None) -> None:
        self.name = name
        self.known = sorted(known)
        listed = ", ".join(self.known) or "none"
        guess = f"Did you mean {nearest!r}? " if nearest else ""
        super().__init__(
            f"{owner} has no {self.kind} {name!r}, so {consequence}.\n{guess}Known {self.kind}s: {listed}."
        )


class UnknownMutation(UnknownName):
    """A commit names a mutation that its store does not have."""

    kind = "mutation"


class UnknownAction(UnknownName):
    """A dispatch names an action that its store does not have."""

    kind = "action"


class UnknownGetter(UnknownName):
    """A getter is read that its store does not have."""

    kind = "getter"


class UnknownStore(UnknownName):
    """A dotted path or name leads to no store."""

    kind = "store"


class UnknownEvent(UnknownName):
    """A browser sent an event that its view does not offer."""

    kind = "event"


class UnknownView(UnknownName):
    """A frame names a live view that its page does not have."""

    kind = "view"


class InvalidDeclaration(LiveExError, TypeError):
    """A store, mutation, action, getter or live view is declared in a way that cannot work."""


def format_path(path: Sequence[str | int]) -> str:
    """``state['items'][3]`` for ``("items", 3)``: the path as Python writes it."""
    return "state" + "".join(f"[{step!r}]" for step in path)


class InvalidState(LiveExError, TypeError):
    """A value that state cannot hold; ``path`` leads to it from the root of the state."""

    def __init__(self, path: Sequence[str | int], why: str) -> None:
        self.path = tuple(path)
        super().__init__(
            f"{format_path(path)} {why}. State is plain data: dict with str or int keys, list, str, int, float, bool, "
            "None, datetime, date, time, timedelta, Decimal, UUID. Convert the value before the mutation stores it."
        )


class InvalidDetail(LiveExError, TypeError):
    """What a view pushes to its browser, or answers it, is no plain data or too much."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what} cannot be sent to a browser: {why}. Send plain data: dict, list, str, int, float, bool, None, dates, "
            "Decimal, UUID. What is large belongs into the template, or behind a URL."
        )


class FrozenState(LiveExError, TypeError):
    """A write to state outside a mutation."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"State is read-only here, so {operation} was refused. Change it in a mutation:\n"
            "    @store.mutation\n"
            "    def change(state, ...):\n"
            f"        {operation}\n"
            "and commit that: ctx.commit(change, ...)."
        )


class RevokedDraft(LiveExError, RuntimeError):
    """A draft was used after the mutation it belongs to had ended."""

    def __init__(self) -> None:
        super().__init__(
            "This draft belongs to a mutation that has ended, so it can be neither read nor written. Do not keep the "
            "state a mutation receives, or parts of it; read ctx.state, or the handle's get_state(), afterwards."
        )


class InvalidPayload(LiveExError, ValueError):
    """Arguments that do not fit the parameters of a mutation, an action or an event."""


class GetterCycle(LiveExError, RuntimeError):
    """Getters that need each other."""

    def __init__(self, cycle: Sequence[str]) -> None:
        super().__init__(
            f"The getters {' -> '.join(cycle)} need each other in a circle, so none can be computed. "
            "Move what they share into a getter of its own."
        )


class DamagedPatch(LiveExError, ValueError):
    """A patch names a place that the state does not have."""


class DamagedEntry(LiveExError, ValueError):
    """Bytes that are not an entry or a state this release can read."""


class NotReady(LiveExError, RuntimeError):
    """Used before Django was set up with this app in it."""


class NoSharedLog(LiveExError, RuntimeError):
    """A change in a process that serves no pages, kept in a log that only this process can read."""

    def __init__(self, store: str, wanted: str = "A change to", why: str = "nobody would ever see it") -> None:
        super().__init__(
            f"{wanted} store {store!r} was asked for in a process that serves no live pages, and the log is in this "
            f"process's memory, so {why}. Run Redis and set CHANNEL_LAYERS to a channels_redis layer, "
            'or LIVEEX = {"LOG": "redis://localhost:6379/0"}, in this process and in the web server.'
        )


class LogElsewhere(NoSharedLog):
    """The history of an instance, in a process that serves no pages, when each process has a log of its own."""

    def __init__(self, store: str) -> None:
        super().__init__(store, "The history of", "what other processes have committed is not in it")


class CommitInTransaction(LiveExError, RuntimeError):
    """A commit inside an open database transaction, which a rollback could not take back."""

    def __init__(self, store: str, mutation: str) -> None:
        super().__init__(
            f"The commit of {mutation!r} to store {store!r} was asked for inside transaction.atomic(): it would be seen "
            "at once, and a rollback could not take it back. Two ways out: commit(..., on_commit=True) commits "
            "after the database has committed (and returns nothing); @store.action(atomic=True) makes the rows and the "
            "commit happen both or not at all."
        )


class LogConflict(LiveExError, RuntimeError):
    """The log holds something else than what this process has applied."""


class NotAllowed(LiveExError, PermissionError):
    """Somebody asked for what they may not do; the text is for the log, the browser gets a code."""


class InvalidToken(LiveExError, ValueError):
    """A join token that is changed, expired, of another page or of someone else."""


class OtherRelease(InvalidToken):
    """A page that another release of the project has rendered."""


class UnsafeRedirect(LiveExError, ValueError):
    """A live view was to lead its page to an address that may be an attacker's; the page stays."""

    def __init__(self, url: str, host: str) -> None:
        super().__init__(
            f"{url!r:.200} was refused as an address to lead a page to: it is not an http or https URL of {host}, or has "
            "spaces, backslashes or control characters. What comes from a visitor is no address; quote it with "
            "urllib.parse.urlencode(), or pass a dict to push_patch(). To another site leads an ordinary view or link."
        )


class NavigationRefused(LiveExError, RuntimeError):
    """A page cannot go there from where it is; it stays."""


class InvalidFrame(LiveExError, ValueError):
    """A websocket message that is not of the wire format."""


class TemplateNotLive(LiveExError, ValueError):
    """A template without any part that could update itself."""


class NameShadowed(LiveExError, ValueError):
    """Two things claim one name in a template."""

    def __init__(self, name: str, claims: Sequence[str]) -> None:
        self.name = name
        super().__init__(
            f"The name {name!r} would mean several things in the template: {', '.join(claims)}. "
            "Nothing is shadowed silently: rename all but one of them."
        )


# Rendering.


class FileInLiveForm(LiveExError, TypeError):
    """A form of a live view that takes files, which do not go over the websocket."""

    def __init__(self, view: str, field: str) -> None:
        super().__init__(
            f"The form of {view} has the file field {field!r}, and files are not sent over the websocket, so it would "
            f"always be empty. Leave the field out of the form (exclude = [{field!r}]), and let an ordinary Django view "
            "take the file; from there it may dispatch to the store."
        )


class InvalidAttribute(LiveExError, TypeError):
    """An attribute of a ``{% live_component %}`` that is missing, unknown or of another type."""

    def __init__(self, component: str, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"Attribute {name!r} of the component {component} {why}.")


class InvalidKey(LiveExError, ValueError):
    """A ``{% live_view … key=… %}`` in a loop by whose key no one view can be found again."""

    def __init__(self, view: str, key: object, why: str) -> None:
        self.key = key
        super().__init__(
            f"A {{% live_view %}} of {view} has the key {key!r:.100}, {why}, so it could not be told from others when they "
            "move. Give each its own: key=item.id."
        )


class NotInLiveView(LiveExError, RuntimeError):
    """A ``{% live %}`` in a page that no live view renders, or where its live view does not look for it."""

    def __init__(self, *, has_regions: bool) -> None:
        if has_regions:
            why = (
                "it is in an included template, and a live view looks for its regions only in its own template, those "
                "it extends and their blocks. Put {% live %} around the {% include %}."
            )
        else:
            why = (
                "the page is not rendered by a live view. Serve it with LiveView.as_view(), or put a live view into "
                "an ordinary page with {% live_view %}."
            )
        super().__init__(f"A {{% live %}} region cannot be rendered here: {why}")


class TooMuchAsyncWork(LiveExError, RuntimeError):
    """A page whose views have started too much that has not ended."""

    def __init__(self, view: str, name: str, most: int) -> None:
        super().__init__(
            f"{view} could not start the async work {name!r:.50}: {most} pieces of its page run already. Do what belongs "
            "together in one of them, with asyncio.gather."
        )


class NameSetOutside(LiveExError, RuntimeError):
    """A live region reads a name that a tag outside of it has set."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"A {{% live %}} region reads {name!r}, which a tag before it has set (one written {{% … as {name} %}}). "
            "The region is rendered by itself when it updates, and would not have it. Move that tag into the region."
        )


# Replication.


class CommitInMutation(LiveExError, RuntimeError):
    """A mutation that asks a handle or a ctx for something."""

    def __init__(self, mutation: str, store: str, method: str) -> None:
        super().__init__(
            f"Mutation {mutation!r} of store {store!r} called {method}(), but a mutation changes its own draft and nothing "
            "else: it may run several times before one run counts. Let the action that commits it do this, before or "
            "after, and pass on what it found as a parameter."
        )


class AlreadyRunning(Reject):
    """An action with ``policy="first"`` that was dispatched while it ran; the newer one was not run."""

    def __init__(self, action: str) -> None:
        super().__init__(f"{action} is running already; try again when it has ended.")


class Superseded(Reject):
    """An action with ``policy="latest"`` that was cancelled by a newer one; what it had committed before stays."""

    def __init__(self, action: str) -> None:
        super().__init__(f"{action} was asked for again, so this one was cancelled.")


class ActionTimeout(LiveExError, TimeoutError):
    """An action that was cancelled by its ``timeout=``; what it had committed before stays."""

    def __init__(self, action: str, store: str, timeout: float) -> None:
        super().__init__(
            f"Action {action!r} of store {store!r} was cancelled after {timeout:g} s, as its timeout= says. What it had "
            "committed before stays. Raise the timeout, or let the action do less at a time."
        )


class ActionCancelled(LiveExError, RuntimeError):
    """An action that ended because something it awaited was cancelled, and not the action itself."""

    def __init__(self, action: str, store: str) -> None:
        super().__init__(
            f"Action {action!r} of store {store!r} ended with a CancelledError although nobody cancelled it: something "
            "that it awaits was cancelled. What it had committed before stays. Catch CancelledError around that await."
        )


class DispatchCircle(LiveExError, RuntimeError):
    """An action that would wait, under ``policy="queue"``, for one that waits for it."""

    def __init__(self, action: str) -> None:
        super().__init__(
            f"Action {action!r} has policy='queue' and was dispatched by one that another action in its queue waits "
            "for, so both would wait for ever. Let them not dispatch each other, or give one policy='parallel'."
        )


class AtomicInTransaction(LiveExError, RuntimeError):
    """An ``atomic=True`` action that was dispatched within a ``ctx.transaction`` which commits later."""

    def __init__(self, action: str, store: str) -> None:
        super().__init__(
            f"Action {action!r} of store {store!r} is atomic, but was dispatched within a transaction of another action "
            "that commits later, when the rows are in the database already: they could not happen both or not at all. "
            "Dispatch it before or after the transaction, or make the outer action atomic too."
        )


class OutboxMissing(LiveExError, RuntimeError):
    """The database lacks the table through which the commits of atomic actions reach a log that is not in it."""

    def __init__(self, action: str, store: str, database: str) -> None:
        super().__init__(
            f"Action {action!r} of store {store!r} is atomic, and its commits pass through a table of database "
            f"{database!r} that is not there, so nothing was done. Make it: manage.py migrate liveex_django."
        )


class CommitsRefused(LiveExError, RuntimeError):
    """An atomic action whose rows the database has committed, and whose commits were refused after that."""

    def __init__(self, action: str, store: str, id: str, why: str) -> None:
        super().__init__(
            f"The rows of action {action!r} of store {store!r} are in the database, but its commits, {id}, were refused: "
            f"{why}. Most likely another process has changed the instance in the moment between. Compare the rows with the "
            "state, and put right what differs; a lock on a row that all such actions take keeps it from happening."
        )


# The log in Redis.


class LogError(LiveExError, RuntimeError):
    """A mutation log could not do what it was asked. Nothing was committed, unless it is ``OutcomeUnknown``."""


class OutcomeUnknown(LogError):
    """
    A commit that may be in the log or not: it was sent and not answered, or its id is so old that the log forgot it.

    Asking again with the same id is safe, and tells when the log can be reached again. A commit under a new id is not.
    """

    def __init__(self, commit: str, why: str) -> None:
        super().__init__(
            f"What became of the commit to {commit}, is unknown: {why}. It may be in the log or not. Ask again with the "
            "same id, or tell whoever asked for it to look at the present state; a commit under a new id could "
            "apply it twice."
        )
        self.why = why


class LogUnreachable(LogError):
    """Nobody answers at the address of the log."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"The Redis at {address}, which keeps the mutation log, did not answer: {why}. Nothing was committed. Check "
            "that it runs, and that LIVEEX['LOG'] or CHANNEL_LAYERS name it as this process sees it."
        )


class LogRefused(LogError):
    """Redis answered, and refused; nothing was committed."""

    def __init__(self, address: str, words: str, advice: str = "Its own log may say more.") -> None:
        super().__init__(f"The Redis at {address}, which keeps the mutation log, refused: {words}. {advice}")


class LogDenied(LogRefused):
    """A wrong password, or a user of Redis that may not do what the log has to do."""

    def __init__(self, address: str, words: str) -> None:
        super().__init__(
            address,
            words,
            "Put user and password into LIVEEX['LOG'], as redis://user:password@host:6379/0, and let that user run "
            "scripts (EVAL, EVALSHA) and all commands on hashes, streams, sorted sets and keys under the log's prefix.",
        )


class LogReadOnly(LogRefused):
    """The server is a copy of another one, and takes no writes."""

    def __init__(self, address: str) -> None:
        super().__init__(
            address,
            "it is a read-only replica",
            "Name the server that it copies, or the Sentinel that knows which one that is: "
            "redis+sentinel://host:26379/service/0.",
        )


class LogFull(LogRefused):
    """The server's memory is full."""

    def __init__(self, address: str) -> None:
        super().__init__(
            address,
            "its memory is full",
            "Nothing was committed, and what was committed before is safe. Raise maxmemory, or let instances that "
            "nobody uses go sooner.",
        )


class LogUnsupported(LogError):
    """A server that is too old for the log, or data in it that a newer release wrote."""


class LogKeyTaken(LogError):
    """A key of the log in Redis is somebody else's; it was left as it is."""

    def __init__(self, key: str, kind: str) -> None:
        super().__init__(
            f"The key {key!r} in Redis should hold a part of the mutation log and is {kind}. Something else "
            "writes there. Give one of the two another prefix or another database; when nobody needs the key, delete it."
        )


class LogMisconfigured(LogError, ValueError):
    """An address or a prefix of the log in Redis that cannot be one."""


class NotInTransaction(LiveExError, RuntimeError):
    """A built-in mutation that stands for itself, committed within a transaction."""

    def __init__(self, mutation: str) -> None:
        super().__init__(
            f"{mutation} cannot be part of a transaction or an atomic action: what it changes is looked up in the log, "
            "where the mutations before it are not yet. Commit it before or after."
        )


class VersionGone(Reject, LookupError):
    """A version that never was, or that the log no longer keeps."""

    def __init__(self, version: int, newest: int, oldest: int) -> None:
        if 0 <= version <= newest:
            why = f"Version {version} is no longer kept: the log has trimmed its entries up to version {oldest}"
        else:
            why = f"There is no version {version}"
        super().__init__(f"{why}. The versions from {oldest} to {newest} can be had.")


class UndoRefused(Reject):
    """An undo or redo that would change more than it is asked to; nothing changed."""

    def __init__(self, why: str, conflicts: Sequence[Any] = ()) -> None:
        super().__init__(why)
        #: The later entries that changed the same, oldest first.
        self.conflicts = tuple(conflicts)


class StateTooLarge(LiveExError, ValueError):
    """A commit, or an initial state, that would make an instance larger than may be; nothing changed."""

    def __init__(self, instance: str, size: int, most: int) -> None:
        super().__init__(
            f"The state of {instance} would have {size} bytes, and LIVEEX['MAX_STATE'] allows {most}, so nothing was "
            "changed. Every process that shows it holds it whole: keep what is large in the database or in files, and "
            "ids of it in the state; or raise the option."
        )


class ImpureMutation(LiveExError, RuntimeError):
    """In development: a mutation that did something else when it ran again on the same state, or asked a database."""

    def __init__(self, mutation: str, store: str, why: str) -> None:
        super().__init__(
            f"Mutation {mutation!r} of store {store!r} {why}. It runs again whenever another commit was first, so it may "
            "depend on nothing but the state and its payload. Draw what differs in the action, from ctx.now, ctx.uuid(), "
            "random or the database, and give it to the mutation as a parameter."
        )


class ImpureGetter(LiveExError, RuntimeError):
    """In development: a getter that gave something else for the same state."""

    def __init__(self, getter: str, store: str, first: object, second: object) -> None:
        super().__init__(
            f"Getter {getter!r} of store {store!r} gave {first!r:.80} and then {second!r:.80} for the same state. Its "
            "result is kept while the state stays, so two pages would show different things. Let it depend on the state "
            "alone: the time, a random number or a row of the database gets into the state by a mutation."
        )


class MissingMigration(LiveExError, RuntimeError):
    """A stored state has an earlier schema, and the store declares no way from there to its own."""

    def __init__(self, store: str, step: int, schema: int, own: int) -> None:
        super().__init__(
            f"A stored state of store {store!r} has schema {schema}, the store has schema={own}, and there is no migration "
            f"from {step} to {step + 1}, so the instance cannot be used. Declare it:\n"
            f"    @store.migrate({step}, {step + 1})\n"
            f"    def from_{step}_to_{step + 1}(state):\n"
            "        ...  # change the old state in place"
        )


class NewerSchema(LiveExError, RuntimeError):
    """A stored state, or an entry, is of a later release than this process runs."""

    def __init__(self, store: str, schema: int, own: int) -> None:
        super().__init__(
            f"A stored state of store {store!r} has schema {schema}, written by a later release; this process knows schema "
            f"{own}, so it no longer serves the instance. Bring the process up to date; open pages reload themselves."
        )
        self.schema = schema


class ReplayDiffers(LiveExError, AssertionError):
    """A replayed slice of a history in which running the mutations did something else than the patches."""

    def __init__(self, store: str, entries: int, differences: Sequence[str]) -> None:
        listed = "\n".join(f"    {difference}" for difference in differences)
        super().__init__(
            f"Of {entries} entries of store {store!r}, running the mutations again led elsewhere than the patches in "
            f"{len(differences)} places. Either a mutation has changed since, then export the slice anew, or it depends on "
            f"something besides the state and its payload:\n{listed}"
        )
