# The demo. Web processes, the feed and migrations are this one image with different commands: docker-compose.yml.

# First the library as a wheel. It brings the browser's script, which is built here; Node comes as a Python package.
FROM python:3.13-slim AS library
WORKDIR /library
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY liveex_django liveex_django
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
WORKDIR /demo
COPY requirements.txt ./
COPY --from=library /wheels /wheels
# Of the development requirements the demo needs two; their versions are said once.
RUN grep -E "^(Pygments|whitenoise)==" requirements.txt > demo.txt \
    && pip install --no-cache-dir --requirement demo.txt "$(echo /wheels/*.whl)[redis]"
COPY manage.py ./
COPY demo_project demo_project
COPY templates templates

# The folder of the database: a volume that is mounted there for the first time belongs to whom it belongs to.
RUN useradd --create-home demo && mkdir /data && chown demo /data
USER demo
ENV PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=demo_project.settings DATABASE_PATH=/data/db.sqlite3
EXPOSE 8000
CMD ["daphne", "--bind", "0.0.0.0", "--port", "8000", "--proxy-headers", "--verbosity", "0", "demo_project.asgi:application"]
