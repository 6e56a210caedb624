# Three stages: what the browser loads, what Python runs, and the small image that holds both.
FROM python:3.11-slim-bookworm AS assets
WORKDIR /app
COPY requirements/assets.txt requirements/
COPY tools tools
COPY package.json package-lock.json .npmrc ./
RUN python tools/assets.py /node

FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
COPY requirements requirements
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SMARKETING_PRODUCTION=1 \
    SMARKETING_HOME=/var/lib/smarketing \
    STATIC_ROOT=/app/build/static
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/smarketing smarketing
RUN install -d -o smarketing /var/lib/smarketing/media
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /app/build/vendor build/vendor
# Catalogues and hashed static files belong to the image; the values below exist during this step only.
RUN python -m compileall -q smarketing reporting sla leads personas lifecycle agreements accounts lib \
    && python -m smarketing.stylesheets build/vendor/css/smarketing.css \
    && python tools/messages.py compile \
    && SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(60))") ALLOWED_HOSTS=build.invalid \
       DATABASE_URL=postgres://build.invalid/none REDIS_URL=redis://build.invalid/0 \
       python manage.py collectstatic --noinput
USER smarketing
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "smarketing.stack", "health"]
ENTRYPOINT ["python", "-m", "smarketing.stack"]
CMD ["web"]
