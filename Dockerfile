# The production server. Requires MODEL_TEMPLATES_MONGODB_URI.
#
# The digest is that of python:3.13-slim, then 3.13.15-slim-trixie. To update it, print the present one:
#   docker buildx imagetools inspect python:3.13-slim
ARG PYTHON=python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${PYTHON} AS dependencies
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

# What builds the package stays out of the image. npm's packages have their hashes in package-lock.json.
FROM dependencies AS package
RUN python -m venv /build
COPY requirements-build.lock .
RUN /build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
WORKDIR /source
COPY . .
RUN MODEL_TEMPLATES_BUNDLE=require \
    /build/bin/pip wheel --no-cache-dir --no-deps --no-index --no-build-isolation --wheel-dir /wheels .
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin app
COPY --from=package /venv /venv
WORKDIR /srv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODEL_TEMPLATES_ENVIRONMENT=production \
    MODEL_TEMPLATES_HOST=0.0.0.0 \
    MODEL_TEMPLATES_PORT=8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 \
    CMD ["python", "-m", "app", "health"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
