# One image for the server and the worker: `compagnie serve` by default, `compagnie worker` beside it.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/compagnie \
 && /opt/compagnie/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
 && pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY matcher/ matcher/
COPY phone/ phone/
COPY api/ api/
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/compagnie/bin/pip install --no-cache-dir --no-deps /wheels/compagnie-*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/compagnie --create-home compagnie
COPY --from=build /opt/compagnie /opt/compagnie
ENV PATH=/opt/compagnie/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    COMPAGNIE_DATA_DIR=/var/lib/compagnie
USER compagnie
WORKDIR /var/lib/compagnie
VOLUME /var/lib/compagnie
EXPOSE 8000
CMD ["compagnie", "serve", "--host", "0.0.0.0", "--port", "8000"]
