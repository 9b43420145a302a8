# For images that can be built again byte by byte, name the base by digest: docker buildx imagetools inspect
# python:3.11-slim tells it, and FROM python:3.11-slim@sha256:… takes it.
# Two stages: the wheel and its dependencies are built in one, only what runs is in the other.
FROM python:3.11-slim AS build
WORKDIR /src
COPY deploy/requirements.lock ./
RUN python -m venv /opt/newsdesk \
 && /opt/newsdesk/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY digests ./digests
COPY docs/newsdesk.1 ./docs/newsdesk.1
RUN /opt/newsdesk/bin/pip install --no-cache-dir --no-deps .
# What the image holds of others: an SBOM, and their licences (some are LGPL and MPL) with the texts.
COPY deploy/sbom.py ./deploy/
RUN cp requirements.lock deploy/ && /opt/newsdesk/bin/python deploy/sbom.py /opt/newsdesk/share/newsdesk

FROM python:3.11-slim
# The desk writes nothing but its database, so the root may be mounted read-only.
RUN useradd --uid 10001 --no-log-init --no-create-home --home-dir /data --shell /usr/sbin/nologin newsdesk \
 && install --directory --owner newsdesk --group newsdesk /data
COPY --from=build /opt/newsdesk /opt/newsdesk
ENV PATH=/opt/newsdesk/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    NEWSDESK_STORE__URL=/data/newsdesk.sqlite3 \
    NEWSDESK_CONSOLE__ENABLED=false \
    NEWSDESK_DASHBOARD__LISTEN=127.0.0.1:8080
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["newsdesk", "healthy"]
ENTRYPOINT ["newsdesk"]
CMD ["run"]
