# The verbs of the house; `just` lists them.
_default:
    @just --list

# The whole system at http://localhost:8080
dev:
    cargo run

# Everything that needs no service
test:
    cargo test

# Everything, with PostgreSQL, Redis, S3 and SMTP
test-full:
    LUMINOUS_TEST_SERVICES=postgres,redis,s3,smtp cargo test

# What CI runs
ci:
    .ci/run

# Formatting and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Vulnerable, unlicensed or unwanted dependencies
deny:
    cargo deny check

# Brings the database up to date
migrate:
    cargo run -- migrate up

# Writes openapi.json anew
openapi:
    cargo run -q -- openapi > openapi.json

# Meta alone, at http://localhost:8090
simulate:
    cargo run -- simulator

# The figures of docs/performance.md
bench:
    cargo bench
