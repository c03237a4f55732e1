"""What the server logs about the pages of a test, so that a failure can say more than the code a browser is told."""

import logging


class ServerLog(logging.Handler):
    """Remembers the warnings and errors of live pages between :meth:`start` and :meth:`stop`."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[logging.LogRecord] = []

    def start(self) -> None:
        """Listen."""
        logging.getLogger("liveex").addHandler(self)

    def stop(self) -> None:
        """Listen no longer."""
        logging.getLogger("liveex").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    def find(self, correlation: str) -> tuple[str, BaseException | None]:
        """The text and the error that the server logged under an id that it told a browser; ``("", None)`` without one."""
        for record in reversed(self._records):
            if correlation and correlation in record.getMessage():
                return self._shown(record)
        return "", None

    def latest(self) -> tuple[str, BaseException | None]:
        """The newest record."""
        return self._shown(self._records[-1]) if self._records else ("", None)

    @staticmethod
    def _shown(record: logging.LogRecord) -> tuple[str, BaseException | None]:
        error = record.exc_info[1] if record.exc_info else None
        text = record.getMessage()
        return (f"{text}\n{type(error).__name__}: {error}" if error else text), error
