# The image of web, worker and beat. Dependencies come from requirements.lock, each checked against its hash.
FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gettext && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r requirements.lock
COPY manage.py pyproject.toml ./
COPY backend backend
COPY search search
COPY workers workers
COPY templates templates
COPY fixtures fixtures
COPY --from=packages /app/node_modules node_modules
RUN /venv/bin/python -c "from backend.operations import translations; translations.compile_all()" \
 && RONGQIAO_DEMO=1 RONGQIAO_VAR=/static-build /venv/bin/python manage.py collectstatic --no-input

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app rongqiao && install -d -o rongqiao /data
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY --from=build /static-build/static /srv/static
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RONGQIAO_VAR=/data RONGQIAO_STATIC=/srv/static
USER rongqiao
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "backend.config.wsgi:application"]
