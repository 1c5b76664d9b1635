# One image for every function and for `tickwork migrate`: FUNCTION_TARGET chooses, with PORT, as on Cloud Run.
#   docker build -t tickwork . && docker run -e FUNCTION_TARGET=tick -e DATABASE_URL=… -e REDIS_URL=… -p 8080:8080 tickwork

ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
WORKDIR /build
COPY requirements-run.lock .
RUN python3 -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --only-binary :all: -r requirements-run.lock

FROM ${BASE}
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 WORKERS=1 THREADS=8 PORT=8080 HOME=/tmp
COPY --from=build /venv /venv
WORKDIR /app
COPY infra/__init__.py infra/beat.py infra/
COPY infra/gcp/beat/ infra/gcp/beat/
COPY functions/ functions/
COPY shared/tickwork/ tickwork/
# Without it every cold start would compile a second's worth of libraries.
RUN python3 -m compileall -q /venv/lib /app
USER 65534:65534
EXPOSE 8080
CMD ["sh", "-c", "exec functions-framework --source=\"${FUNCTION_SOURCE:-functions/$FUNCTION_TARGET/main.py}\" --target=\"$FUNCTION_TARGET\""]
