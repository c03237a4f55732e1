"""The one file that a page loads."""

import gzip

# Bytes; the whole budget of the script as it goes over the network.
_MOST_BYTES = 20_000


class TestTheBundle:
    def test_is_small(self, script: str) -> None:
        assert len(gzip.compress(script.encode(), 9)) <= _MOST_BYTES

    def test_turns_no_text_into_code(self, script: str) -> None:
        assert "eval(" not in script
        assert "Function(" not in script
