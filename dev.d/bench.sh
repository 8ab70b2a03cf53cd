# shellcheck shell=bash
# Acuse measured: in release, against a durable Postgres of the run's own.

BENCH_BIN=${CARGO_TARGET_DIR:-$ROOT/target}/release

command_bench() {
  bench_build
  locked need_pgbench
  locked need_duckdb
  [[ " $* " != *' --statements '* ]] || POSTGRES_PRELOADS=pg_stat_statements
  start_servers durable
  mkdir -m 700 "$RUN/bench"
  # The figures alone go to standard output.
  run "$BENCH_BIN/acuse-bench" "$@" --programs "$BENCH_BIN" --folder "$RUN/bench" \
    --pgbench "$PGBENCH" --python "$DUCKDB_PYTHON" || die 'the measurement failed'
}

bench_build() {
  locked need_rust
  say 'building in release (about eight minutes the first time, seconds from then on)'
  run cargo build --locked --release -p acuse -p acuse-ingestion -p acuse-message-state -p acuse-reporting \
    -p acuse-export -p acuse-bench --bins || die 'the build failed'
}

# pgbench comes with Debian's server; the one from npm lacks it.
need_pgbench() {
  find_postgres
  local found
  for found in "$POSTGRES_BIN/pgbench" "$(command -v pgbench || true)" /usr/lib/postgresql/*/bin/pgbench; do
    if [[ -x $found ]]; then
      PGBENCH=$found
      return
    fi
  done
  apt_install postgresql || die 'pgbench is missing: install postgresql'
  PGBENCH=$(compgen -G '/usr/lib/postgresql/*/bin/pgbench' | tail -n 1) || die 'pgbench is missing: install postgresql'
}

# DuckDB and XlsxWriter are Python packages; they get an environment of their own.
need_duckdb() {
  DUCKDB_PYTHON=$DEV/duckdb/bin/python
  [[ -x $DUCKDB_PYTHON ]] && "$DUCKDB_PYTHON" -c 'import duckdb, xlsxwriter' 2>/dev/null && return
  have python3 || apt_install python3 python3-venv || die 'python3 is missing, in which DuckDB is measured'
  say "installing DuckDB $DUCKDB_VERSION and XlsxWriter $XLSXWRITER_VERSION from PyPI"
  rm -rf "$DEV/duckdb"
  if ! python3 -m venv "$DEV/duckdb" >/dev/null 2>&1; then
    rm -rf "$DEV/duckdb"
    apt_install python3-venv && python3 -m venv "$DEV/duckdb" || die 'python3-venv is missing, in which DuckDB is measured'
  fi
  run "$DUCKDB_PYTHON" -m pip install --quiet --disable-pip-version-check --only-binary=:all: \
    "duckdb==$DUCKDB_VERSION" "xlsxwriter==$XLSXWRITER_VERSION" >&2 ||
    die 'DuckDB and XlsxWriter could not be installed from PyPI'
}
