# Build: docker build -t digest-bot .
# Run:   docker run -e DIGEST_TELEGRAM__TOKEN=… -v digest:/data digest-bot
FROM python:3.11-slim AS build
# PyTorch's CPU index keeps several GB of CUDA packages out; set it empty to use the registry alone.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /src
RUN python3 -m venv /opt/venv
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY config config
COPY summarizer summarizer
COPY bot bot
RUN /opt/venv/bin/pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} '.[distributed]'

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 digest && mkdir /data && chown digest /data
COPY --from=build /opt/venv /opt/venv
USER digest
# The web server, for /healthz, listens inside the container alone; DIGEST_WEB__HOST=0.0.0.0 opens it.
ENV PATH=/opt/venv/bin:$PATH DIGEST_PATHS__DATA=/data DIGEST_WEB__PORT=8080 PYTHONUNBUFFERED=1
VOLUME /data
# Red when a promise is at risk. A container that only works ('digest-bot worker') serves nothing:
# start it with --no-healthcheck.
HEALTHCHECK --interval=60s --timeout=20s --start-period=120s CMD ["python3", "-c", \
    "import os, urllib.request as r; r.urlopen('http://127.0.0.1:%s/healthz' % os.environ['DIGEST_WEB__PORT'])"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["digest-bot"]
CMD ["run"]
