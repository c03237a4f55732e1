"""A Django project that shows what liveex_django does, one page per idea."""
