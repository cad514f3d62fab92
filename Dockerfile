# One executable, and an image for each service that adds only words to it: the layers are the same.
# docs/images.md says how to build them and what is in them.

FROM rust:1.95-slim-bookworm AS build
# librdkafka is C with a part in C++, SQLite is C; gcc and libc are in the image already.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG GIT_REVISION=unknown
# `off` links in a third of the time, and a read costs a third more: for tests, not for a release.
ARG LTO=thin
# An explicit target keeps the flags away from build scripts, which cannot be static. lab is in no
# service's image, and built here all the same: in another call everything would be compiled again.
# Cargo compares times, and the cache outlives checkouts: what is ours is always compiled.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target,sharing=locked \
    target=$(rustc -vV | sed -n 's/^host: //p') \
 && find . -type f -exec touch {} + \
 && GIT_REVISION=$GIT_REVISION CARGO_TARGET_DIR=/target CARGO_PROFILE_RELEASE_LTO=$LTO \
    RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --release --locked --package bulsajo --package lab --target "$target" \
 && mkdir --parents /out /lab \
 && mkdir --mode=777 /out/data \
 && cp "/target/$target/release/bulsajo" LICENSE /out/ \
 && cp "/target/$target/release/lab" /lab/

# All layers of all images. Certificates, time zones and users come with the base image.
FROM gcr.io/distroless/static-debian12:nonroot AS base
COPY --from=build /out/ /
# SQLite's files are in the default, ./data; mount something there if the root is read-only. Anyone
# may write to /data: a tmpfs over it has its mode, and a cluster may choose the user. DATABASE_URL
# is not set here, because DATABASE_URL_FILE could not be set then.
WORKDIR /
# A number: Kubernetes cannot tell whether a name is root.
USER 65532:65532
ENV LISTEN_HOST=0.0.0.0
ENTRYPOINT ["/bulsajo"]
ARG VERSION=0.1.0
ARG GIT_REVISION=unknown
LABEL org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$GIT_REVISION \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.vendor=Bulsajo \
      org.opencontainers.image.base.name=gcr.io/distroless/static-debian12:nonroot

FROM base AS service
ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/bulsajo", "check", "readiness"]

FROM service AS order
ENV PAYMENT_URL=http://payment:8080
LABEL org.opencontainers.image.title="Bulsajo order" \
      org.opencontainers.image.description="Orders: taken, changed and called off."
CMD ["order"]

FROM service AS payment
LABEL org.opencontainers.image.title="Bulsajo payment" \
      org.opencontainers.image.description="Payments: taken once per order, and given back."
CMD ["payment"]

FROM service AS delivery
LABEL org.opencontainers.image.title="Bulsajo delivery" \
      org.opencontainers.image.description="Deliveries: sent when paid, recalled when cancelled."
CMD ["delivery"]

FROM service AS ordertrace
LABEL org.opencontainers.image.title="Bulsajo ordertrace" \
      org.opencontainers.image.description="Where each order stands, and how it came there."
CMD ["ordertrace"]

FROM service AS gateway
ENV ORDER_URL=http://order:8080 \
    PAYMENT_URL=http://payment:8080 \
    DELIVERY_URL=http://delivery:8080 \
    ORDERTRACE_URL=http://ordertrace:8080
LABEL org.opencontainers.image.title="Bulsajo gateway" \
      org.opencontainers.image.description="One door in front of the four services."
CMD ["gateway"]

# The sample of the nonstop lab; it answers 201 as v1 and 202 as v2.
FROM base AS websample
ENV PORT=5000
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["/bulsajo", "check", "readiness"]
LABEL org.opencontainers.image.title="Bulsajo websample" \
      org.opencontainers.image.description="The sample of the nonstop lab: a status for each version."
CMD ["websample"]

# Variants for labs: a service, and the settings that make it what the lab needs.

# As the samples that the old labs were written for: slow to start, hungry, and soon gone. Those
# stopped at once; a second lets the cluster notice, or a rollout with probes would lose a request.
FROM order AS order-stable
ENV PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=stable
FROM order AS order-canary
ENV PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=canary
FROM order AS order-liveness
ENV PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=liveness
FROM delivery AS delivery-v1
ENV PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=v1
FROM delivery AS delivery-v2
ENV PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=v2
FROM delivery AS delivery-v3
ENV PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=v3

# Releases that should never have been: it never gets ready and fails all that it is asked, it takes
# a second for each answer, it ends as soon as it has started.
FROM order AS order-bad
ENV APP_VERSION=bad FAULTS_AT_START="readiness; error value=500"
FROM order AS order-slow
ENV APP_VERSION=slow LATENCY=1s
FROM order AS order-crash
ENV APP_VERSION=crash FAULTS_AT_START=crash

# Money is taken when a person says so: PUT /payments/{id} with paymentStatus END.
FROM payment AS payment-manual
ENV PAYMENT_APPROVAL=manual

# The two sides of a rollout. The variable is in lower case, as in the lab's own Dockerfile.
FROM websample AS websample-v1
ENV version=v1
FROM websample AS websample-v2
ENV version=v2

# What worksheets type from inside the cluster: siege, http, curl, kcat, wrk, lab. docs/images.md says more.
FROM debian:bookworm-slim AS toolbox
# procps for `watch` and `ps`. Siege's own defaults are colours and a summary in JSON, in the file that
# it reads and in the script that writes one into HOME; worksheets show the classic summary.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
    ca-certificates curl httpie kcat procps siege wrk \
 && rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt \
 && sed -i -e 's/^json_output = .*/json_output = false/' -e 's/^color = .*/color = off/' \
    /etc/siege/siegerc /usr/bin/siege.config \
 && groupadd --gid 65532 student \
 && useradd --uid 65532 --gid 65532 --home-dir /tmp --no-create-home --shell /bin/bash student
COPY --chmod=755 toolbox/ /usr/local/bin/
RUN ln -s http /usr/local/bin/https
# Last: a change of the sources leaves the layers before it alone.
COPY --from=build /lab/ /usr/local/bin/
# The one place that is written to: with a read-only root mount something there, as k8s/toolbox does.
ENV HOME=/tmp
WORKDIR /tmp
# A number: Kubernetes cannot tell whether a name is root.
USER 65532:65532
ENTRYPOINT ["start"]
# A shell that waits hears SIGTERM at once; as process 1, sleep itself would not.
CMD ["bash", "-c", "trap 'exit 0' TERM INT; sleep infinity & wait"]
ARG VERSION=0.1.0
ARG GIT_REVISION=unknown
LABEL org.opencontainers.image.title="Bulsajo toolbox" \
      org.opencontainers.image.description="Siege, httpie, curl, kcat, wrk and lab, to ask services from inside the cluster." \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$GIT_REVISION \
      org.opencontainers.image.vendor=Bulsajo \
      org.opencontainers.image.base.name=debian:bookworm-slim

# The whole fleet in one process; without --target, this is what is built.
FROM base AS fleet
EXPOSE 8081 8082 8083 8084 8088
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
    CMD ["/bulsajo", "check", "readiness", "--port", "8088"]
LABEL org.opencontainers.image.title="Bulsajo" \
      org.opencontainers.image.description="The whole fleet in one process."
CMD ["fleet"]
