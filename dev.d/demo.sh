# shellcheck shell=bash
# Acuse at work: everything on one machine, three businesses and their providers, their reports, and the figures verified.

readonly DEMO_MESSAGES=52000 DEMO_DAYS=90 DEMO_WORKSPACES=3
# Between debug, in which the simulation takes minutes, and release, which takes minutes to build.
readonly DEMO_PROFILE=demo
DEMO_BIN=${CARGO_TARGET_DIR:-$ROOT/target}/$DEMO_PROFILE
DEMO_FILES=$DEV/demo # what the demo leaves behind
DEMO=''              # the run's folder
demo_pid=''

command_demo() {
  demo_build
  demo_servers
  DEMO=$RUN/demo
  mkdir -m 700 "$DEMO"
  demo_up
  say "simulating $DEMO_MESSAGES messages in $DEMO_WORKSPACES workspaces over $DEMO_DAYS days, with duplicates and disorder"
  demo_simulate
  say 'one of them, with its timeline'
  demo_message
  demo_reports
  say 'comparing every figure with the messages'
  run "$DEMO_BIN/acuse" verify || die 'the figures differ from the messages'
  say 'stopping'
  demo_down
  say "done in $SECONDS s: every figure is what the messages say; the export is $DEMO_EXPORT"
}

demo_build() {
  locked need_rust
  say 'building (several minutes the first time, seconds from then on)'
  # All in one go: what they depend on is built once, whatever is needed of it today.
  run cargo build --locked --profile "$DEMO_PROFILE" -p acuse -p acuse-testkit --bins || die 'the build failed'
}

# A Postgres and a Redis of its own; or, on the caller's Postgres, a database of its own.
demo_servers() {
  sweep_dead_runs
  make_run_folder
  if [[ ${DATABASE_URL:-} ]]; then
    demo_scratch_database
  else
    start_postgres throwaway
  fi
  [[ ${REDIS_URL:-} ]] || start_redis
}

# The keeper drops the database as soon as nobody holds the other end of its pipe, however this script ends.
demo_scratch_database() {
  say 'making a database of its own on the server at DATABASE_URL'
  mkfifo "$RUN/keeper.in"
  setsid "$DEMO_BIN/scratch_database" <"$RUN/keeper.in" >"$RUN/keeper.out" 2>"$RUN/keeper.log" 9>&- &
  server_pids+=($!)
  exec 8>"$RUN/keeper.in"
  local tries=600
  while [[ ! -s $RUN/keeper.out ]]; do
    if ! alive "${server_pids[-1]}" || ((tries-- == 0)); then
      die "no database could be made there: $(tail -n 3 "$RUN/keeper.log")"
    fi
    sleep 0.05
  done
  read -r DATABASE_URL <"$RUN/keeper.out"
}

# All four services on free ports of the loopback interface. Where they are, and the key that makes tokens, goes into the
# environment of the commands that follow.
demo_up() {
  say 'starting ingestion, message-state, reporting and export'
  # The working directory is how a later run knows that it belongs to this one.
  setsid setpriv --pdeathsig TERM env -C "$DEMO" "$DEMO_BIN/acuse" up --home "$DEMO/home" --first-port 0 \
    --database-url "$DATABASE_URL" --redis-url "$REDIS_URL" </dev/null >"$DEMO/up" 2>"$DEMO/log" 8>&- 9>&- &
  server_pids+=($!)
  demo_pid=$!
  until_ready "$DEMO" demo_is_up || die "Acuse does not start:"$'\n'"$(tail -n 20 "$DEMO/log")"
  # shellcheck source=/dev/null
  source "$DEMO/home/env"
}

demo_is_up() { grep -qs 'is up' "$1/up"; }

demo_simulate() {
  run "$DEMO_BIN/acuse" simulate --workspaces "$DEMO_WORKSPACES" --messages "$DEMO_MESSAGES" --days "$DEMO_DAYS" \
    --connections 128 --batch 2000 --duplicates 8% --disorder 20% --wait 30s >"$DEMO/simulated" || {
    cat "$DEMO/simulated"
    die "the simulation failed; the last words of the services:"$'\n'"$(tail -n 5 "$DEMO/log")"
  }
  cat "$DEMO/simulated"
}

# The simulation ends with the command that shows one of its messages.
demo_message() {
  local show
  read -r -a show < <(sed -n 's/^see one: acuse //p' "$DEMO/simulated")
  run "$DEMO_BIN/acuse" "${show[@]}" || die 'the message could not be shown'
}

# What the largest business would read the next morning.
demo_reports() {
  local acuse=$DEMO_BIN/acuse business
  business=$(sed -n 's/^see one: .*--workspace \([^ ]*\).*/\1/p' "$DEMO/simulated")
  local of=(--workspace "$business" --period last_90_days)
  say "$business over 90 days, week by week"
  run "$acuse" report consolidated "${of[@]}" --bucket week || die 'the report could not be made'
  say 'how far templates came, in messages and in the tickets that they opened'
  run "$acuse" report funnel "${of[@]}" || die 'the funnel could not be made'
  say 'by subtype: the name of the template, or the tag'
  run "$acuse" report breakdown "${of[@]}" --by subtype --limit 10 || die 'the breakdown could not be made'
  say 'by department and channel'
  run "$acuse" report breakdown "${of[@]}" --by department channel --limit 10 || die 'the breakdown could not be made'
  say 'templates by the rate at which they are read, those with 50 messages at least'
  run "$acuse" report ranking "${of[@]}" --by template --metric read_rate --min-volume 50 ||
    die 'the ranking could not be made'
  say 'when contacts reply'
  run "$acuse" report replies "${of[@]}" || die 'the hours of replies could not be told'
  say 'HSM management as CSV'
  mkdir -p "$DEMO_FILES"
  DEMO_EXPORT=$DEMO_FILES/gestion-hsm-$business.csv
  run "$acuse" export create hsm-management "${of[@]}" --output "$DEMO_EXPORT" --force || die 'the export could not be made'
  head -n 3 "$DEMO_EXPORT"
  say 'all reports with their charts, to print and as a workbook'
  local pack
  for pack in pdf xlsx; do
    run "$acuse" export create pack "${of[@]}" --bucket week --output "$DEMO_FILES/informes-$business.$pack" --force ||
      die 'the reports could not be exported'
  done
}

# It stops its services in order: each passes on what it still holds.
demo_down() {
  kill -TERM "$demo_pid" 2>/dev/null || true
  gone_within 60 "$demo_pid" || die 'Acuse does not stop'
  wait "$demo_pid" || die "Acuse ended with a failure:"$'\n'"$(tail -n 5 "$DEMO/log")"
  local others=() other
  for other in "${server_pids[@]}"; do
    [[ $other == "$demo_pid" ]] || others+=("$other")
  done
  server_pids=("${others[@]}")
}
