# The server for production: it needs MODEL_TEMPLATES_MONGODB_URI.
FROM python:3.13-slim AS dependencies
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM dependencies AS package
WORKDIR /source
COPY . .
RUN MODEL_TEMPLATES_BUNDLE=require /venv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
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
