# syntax=docker/dockerfile:1
# An image of each service and one of the command `acuse`, which migrates:
#   docker build --target ingestion --tag acuse-ingestion:0.1.0 .
# Each holds one program, what it links to and the authorities that the world trusts; no shell, and nobody is root.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY proto proto
COPY libs libs
COPY services services
COPY tests tests
# What was downloaded and compiled stays on the machine that builds. The programs are copied out of it while it is there.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins \
      --package acuse --package acuse-ingestion --package acuse-message-state --package acuse-reporting --package acuse-export \
    && mkdir /programs \
    && for program in acuse acuse-ingestion acuse-message-state acuse-reporting acuse-export; do \
         strip --strip-debug -o "/programs/$program" "target/release/$program" || exit 1; \
       done

FROM gcr.io/distroless/cc-debian12:nonroot AS bare
USER 65532:65532

FROM bare AS acuse
COPY --from=build /programs/acuse /usr/local/bin/acuse
ENTRYPOINT ["/usr/local/bin/acuse"]

FROM bare AS ingestion
COPY --from=build /programs/acuse-ingestion /usr/local/bin/acuse-ingestion
EXPOSE 7001
ENTRYPOINT ["/usr/local/bin/acuse-ingestion"]

FROM bare AS message-state
COPY --from=build /programs/acuse-message-state /usr/local/bin/acuse-message-state
EXPOSE 7002
ENTRYPOINT ["/usr/local/bin/acuse-message-state"]

FROM bare AS reporting
COPY --from=build /programs/acuse-reporting /usr/local/bin/acuse-reporting
EXPOSE 7003
ENTRYPOINT ["/usr/local/bin/acuse-reporting"]

FROM bare AS export
COPY --from=build /programs/acuse-export /usr/local/bin/acuse-export
EXPOSE 7004
ENTRYPOINT ["/usr/local/bin/acuse-export"]
