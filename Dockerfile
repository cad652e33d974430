# syntax=docker/dockerfile:1
FROM rust:1.95.0-slim-bookworm AS build
# The image's own toolchain: rust-toolchain.toml would have it fetch clippy and rustfmt too.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --package server \
    && cp target/dist/luminous /luminous

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/luminous luminous
COPY --from=build /luminous /usr/local/bin/luminous
USER luminous
WORKDIR /var/lib/luminous
ENV LUMINOUS_ENV=production \
    LUMINOUS_DATA_DIR=/var/lib/luminous/data \
    LOG_FORMAT=json
VOLUME /var/lib/luminous/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD curl --fail --silent http://127.0.0.1:8080/health/ready
# The program stops within 10 seconds of SIGTERM, nothing half done.
STOPSIGNAL SIGTERM
ENTRYPOINT ["luminous"]
CMD ["serve"]
