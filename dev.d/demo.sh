# shellcheck shell=bash
# Acuse at work: a database, two services, three businesses and their providers, and the figures verified.

readonly DEMO_MESSAGES=52000 DEMO_DAYS=90 DEMO_WORKSPACES=3
# Between debug, in which the simulation takes minutes, and release, which takes minutes to build.
readonly DEMO_PROFILE=demo
DEMO_BIN=${CARGO_TARGET_DIR:-$ROOT/target}/$DEMO_PROFILE
DEMO='' # the run's folder
declare -A demo_pids=()

command_demo() {
  demo_build
  demo_database
  DEMO=$RUN/demo
  mkdir -m 700 "$DEMO"
  say 'making the keys that sign tokens and seal secrets'
  run "$DEMO_BIN/acuse" keys "$DEMO/keys" --service ingestion --secrets
  say 'applying the migrations'
  run "$DEMO_BIN/acuse" migrate
  demo_serve_all
  say "simulating $DEMO_MESSAGES messages in $DEMO_WORKSPACES workspaces over $DEMO_DAYS days, with duplicates and disorder"
  demo_simulate
  say 'one of them, with its timeline'
  demo_message
  say 'comparing every figure with the messages'
  run "$DEMO_BIN/acuse" verify || die 'the figures differ from the messages'
  say 'stopping'
  demo_stop ingestion
  demo_stop message-state
  say "done in $SECONDS s: every figure is what the messages say"
}

demo_build() {
  locked need_rust
  say 'building (several minutes the first time, seconds from then on)'
  # All in one go: what they depend on is built once, whatever is needed of it today.
  run cargo build --locked --profile "$DEMO_PROFILE" -p acuse -p acuse-ingestion -p acuse-message-state -p acuse-testkit --bins ||
    die 'the build failed'
}

# A Postgres of its own; or, on the caller's, a database of its own.
demo_database() {
  sweep_dead_runs
  make_run_folder
  if [[ ${DATABASE_URL:-} ]]; then
    demo_scratch_database
  else
    start_postgres durable
  fi
  export ACUSE_DATABASE_URL=$DATABASE_URL
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

# Ingestion in front, and behind it message-state, which it calls in its own name.
demo_serve_all() {
  export ACUSE_ISSUER=acuse-demo ACUSE_KEY=$DEMO/keys/caller.pem
  demo_serve message-state ACUSE_MESSAGE_STATE
  ACUSE_MESSAGE_STATE_ADDRESSES=$ACUSE_MESSAGE_STATE ACUSE_SERVICE_KEY=$DEMO/keys/ingestion.pem \
    ACUSE_SECRETS_KEYS=$(<"$DEMO/keys/secrets.key") demo_serve ingestion ACUSE_INGESTION
}

# Starts a service on a free port of the loopback interface and waits until it listens. $1 is its name, $2 the variable by
# which commands know its address.
demo_serve() {
  local name=$1 variable=$2 attempt
  mkdir "$DEMO/$name"
  for attempt in 1 2 3; do
    export "$variable=127.0.0.1:$(free_port)"
    say "starting $name on ${!variable}"
    # The working directory is how a later run knows that it belongs to this one.
    setsid setpriv --pdeathsig TERM env -C "$DEMO/$name" ACUSE_LISTEN="${!variable}" ACUSE_JWKS="$DEMO/keys/jwks.json" \
      "$DEMO_BIN/acuse-$name" </dev/null >"$DEMO/$name/log" 2>&1 8>&- 9>&- &
    server_pids+=($!)
    demo_pids[$name]=$!
    until_ready "${!variable}" demo_listens && return
    ((attempt < 3)) || die "$name does not start:"$'\n'"$(tail -n 20 "$DEMO/$name/log")"
  done
}

demo_listens() { (: <"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null; }

demo_simulate() {
  run "$DEMO_BIN/acuse" simulate --workspaces "$DEMO_WORKSPACES" --messages "$DEMO_MESSAGES" --days "$DEMO_DAYS" \
    --duplicates 8% --disorder 20% --wait 30s >"$DEMO/simulated" || {
    cat "$DEMO/simulated"
    die "the simulation failed; the last words of the services:"$'\n'"$(tail -n 5 "$DEMO"/*/log)"
  }
  cat "$DEMO/simulated"
}

# The simulation ends with the command that shows one of its messages.
demo_message() {
  local show
  read -r -a show < <(sed -n 's/^see one: acuse //p' "$DEMO/simulated")
  run "$DEMO_BIN/acuse" "${show[@]}" || die 'the message could not be shown'
}

# A service is told to stop before those that it calls, as in life: it passes on what it still holds.
demo_stop() {
  local name=$1 pid=${demo_pids[$1]} others=() other
  kill -TERM "$pid" 2>/dev/null || true
  gone_within 20 "$pid" || die "$name does not stop"
  wait "$pid" || die "$name ended with a failure:"$'\n'"$(tail -n 5 "$DEMO/$name/log")"
  for other in "${server_pids[@]}"; do
    [[ $other == "$pid" ]] || others+=("$other")
  done
  server_pids=("${others[@]}")
}
