"""What the Makefile runs. Each file is one task and can be started by itself: ``python scripts/<file>.py``."""
