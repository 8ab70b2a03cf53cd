# shellcheck shell=bash
# A Postgres and a Redis of this run's own, gone when it ends. Nothing else that runs on the machine is touched.
#
# Both live in a folder whose name says which process it belongs to: /tmp/acuse.<pid namespace>.<pid>.<its start>.
# It is short because a socket's path has 107 bytes at most, and outside the checkout because Postgres
# refuses to be root: root's servers run as a user who may not be able to reach the checkout.
# A throwaway Postgres has its data in a folder of the same name in memory, where there is plenty of it:
# copying a database for a test is mostly making files, which is ten times faster there.

POSTGRES_PRELOADS='' # libraries that a Postgres started here loads
readonly DATABASE_OWNER=acuse MEMORY=/dev/shm
RUN='' # the run's folder, the first of run_folders
run_folders=()
server_pids=()
as_server=()

# Sets DATABASE_URL and REDIS_URL, starting what the caller did not give.
# "durable" keeps Postgres's promises on disk; "throwaway" gives them up for speed.
start_servers() {
  local kind=$1
  [[ ${DATABASE_URL:-} && ${REDIS_URL:-} ]] && return
  sweep_dead_runs
  make_run_folder
  [[ ${DATABASE_URL:-} ]] || start_postgres "$kind"
  [[ ${REDIS_URL:-} ]] || start_redis
  export DATABASE_URL REDIS_URL
}

stop_servers() {
  end_processes "${server_pids[@]}"
  rm -rf "${run_folders[@]}"
  server_pids=() run_folders=()
}

runs_folder() {
  local folder=${TMPDIR:-/tmp}
  if ((${#folder} > 50)); then folder=/tmp; fi
  echo "${folder%/}"
}

make_run_folder() {
  add_run_folder "$(runs_folder)"
  RUN=${run_folders[0]}
  mkdir "$RUN/postgres" "$RUN/redis"
  # The kernel ends the servers with this script, even where the script is killed.
  as_server=(setpriv --pdeathsig INT)
  ((EUID == 0)) || return 0
  server_user=postgres
  id "$server_user" >/dev/null 2>&1 || server_user=nobody
  chown "$server_user:" "$RUN/postgres" "$RUN/redis"
  as_server=(setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups --pdeathsig INT)
}

add_run_folder() {
  local folder
  folder=$1/acuse.$(pid_namespace).$$.$(started_at $$)
  mkdir -m 755 "$folder" || die "$folder cannot be made"
  run_folders+=("$folder")
}

# Containers that share a folder do not see each other's processes.
pid_namespace() { readlink /proc/self/ns/pid | tr -dc '0-9'; }

# Takes away what runs left behind that were killed.
sweep_dead_runs() {
  local name folder pid started
  name=acuse.$(pid_namespace)
  for folder in "$(runs_folder)/$name".*.* "$MEMORY/$name".*.*; do
    [[ -d $folder && -O $folder && ! -L $folder ]] || continue
    IFS=. read -r pid started <<<"${folder##*/"$name".}"
    [[ $(started_at "$pid") == "$started" ]] && continue
    say "clearing up after a run that was killed ($folder)"
    end_processes_in "$folder"
    rm -rf "$folder"
  done
}

# A server's working directory is in its run's folder, so that a pid used again is never mistaken for it.
end_processes_in() {
  local folder=$1 cwd pid pids=()
  for cwd in /proc/[0-9]*/cwd; do
    [[ $(readlink "$cwd" 2>/dev/null) == "$folder"/* ]] || continue
    pid=${cwd#/proc/}
    pids+=("${pid%/cwd}")
  done
  end_processes "${pids[@]}"
}

# Postgres answers SIGINT by ending its sessions and leaving, Redis by leaving.
end_processes() {
  local pid
  for pid; do kill -INT "$pid" 2>/dev/null || true; done
  for pid; do gone_within 10 "$pid" || kill -KILL "$pid" 2>/dev/null || true; done
}

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

start_postgres() {
  local kind=$1 folder=$RUN/postgres port attempt
  locked find_postgres
  say "starting Postgres $("$POSTGRES_BIN/postgres" --version | sed 's/^[^0-9]*\([0-9.]*\).*/\1/') ($kind)"
  bring_within_reach "$POSTGRES_BIN/postgres" "${POSTGRES_BIN%/*}" POSTGRES_BIN
  [[ $kind == durable ]] || ! memory_is_plenty || put_in_memory "$folder/data"
  # Not to be interrupted, which can leave shared memory behind: a signal is acted on a second later.
  setsid --wait "${as_server[@]}" env -C "$folder" "$POSTGRES_BIN/initdb" -D "$folder/data" --username="$DATABASE_OWNER" \
    --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync </dev/null >"$RUN/initdb.log" 2>&1 ||
    die "initdb failed:"$'\n'"$(cat "$RUN/initdb.log")"
  postgres_settings "$kind" >>"$folder/data/postgresql.conf"
  for attempt in 1 2 3; do
    port=$(free_port)
    start_server "$folder" "$POSTGRES_BIN/postgres" -D "$folder/data" -k "$folder" -h 127.0.0.1 -p "$port"
    until_ready "$folder" postgres_ready && break
    ((attempt < 3)) || die "Postgres does not start:"$'\n'"$(tail -n 20 "$folder/log")"
  done
  DATABASE_URL=postgres://$DATABASE_OWNER@127.0.0.1:$port/postgres
}

# Whether 4 GiB fit into memory's folder and leave as much free.
memory_is_plenty() {
  local gib=$((1 << 20)) room free
  [[ -w $MEMORY ]] || return 1
  room=$(df --output=avail "$MEMORY" | tail -n 1)
  free=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
  ((room >= 4 * gib && free >= 8 * gib))
}

put_in_memory() {
  add_run_folder "$MEMORY"
  mkdir "${run_folders[-1]}/data"
  chown "${server_user:-$EUID}" "${run_folders[-1]}/data"
  ln -s "${run_folders[-1]}/data" "$1"
}

# The memory there is: the machine's, or what a container has of it.
memory_kib() {
  local machine limit
  machine=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1024 < machine)) && machine=$((limit / 1024))
  echo "$machine"
}

postgres_settings() {
  cat <<END
timezone = 'UTC'
max_connections = 300
max_locks_per_transaction = 256
shared_preload_libraries = '$POSTGRES_PRELOADS'
END
  if [[ $1 == durable ]]; then
    # A quarter of the memory, as Postgres's manual advises, and checkpoints as far apart as a tenth of the free disk allows:
    # after one the whole of each page goes to the log when it is first written to.
    cat <<END
shared_buffers = '$(($(memory_kib) / 4))kB'
max_wal_size = '$(wal_size_mib)MB'
checkpoint_timeout = '15min'
wal_compression = $(best_wal_compression)
END
    return
  fi
  cat <<'END'
shared_buffers = '256MB'
max_wal_size = '512MB'
fsync = off
synchronous_commit = off
full_page_writes = off
END
}

# How much of the log may be kept before a checkpoint.
wal_size_mib() {
  local free
  free=$(($(df --output=avail -BM "$RUN" | tail -n 1 | tr -dc '0-9') / 10))
  echo $((free < 1024 ? 1024 : free > 16384 ? 16384 : free))
}

# Some builds know no lz4.
best_wal_compression() {
  "$POSTGRES_BIN/postgres" -C wal_compression -c wal_compression=lz4 -D "$RUN/postgres/data" 2>/dev/null || echo on
}

# The last line of postmaster.pid is Postgres's own word on whether it takes connections.
postgres_ready() { grep -qs '^ready' "$1/data/postmaster.pid"; }

start_redis() {
  local folder=$RUN/redis port attempt
  locked find_redis
  say "starting Redis $("$REDIS_SERVER" --version | sed 's/.* v=\([^ ]*\).*/\1/')"
  bring_within_reach "$REDIS_SERVER" "$REDIS_SERVER" REDIS_SERVER
  for attempt in 1 2 3; do
    port=$(free_port)
    start_server "$folder" "$REDIS_SERVER" --bind 127.0.0.1 --port "$port" --dir "$folder" --save '' --appendonly no
    until_ready "$folder" redis_ready && break
    ((attempt < 3)) || die "Redis does not start:"$'\n'"$(tail -n 20 "$folder/log")"
  done
  REDIS_URL=redis://127.0.0.1:$port/0
}

redis_ready() { grep -qs 'Ready to accept connections' "$1/log"; }

start_server() {
  local folder=$1
  shift
  setsid "${as_server[@]}" env -C "$folder" "$@" </dev/null >"$folder/log" 2>&1 &
  server_pids+=($!)
}

# Waits up to 30 seconds for the server started last; fails as soon as it has ended.
until_ready() {
  local folder=$1 ready=$2 pid=${server_pids[-1]} tries=600
  while ((tries-- > 0)); do
    alive "$pid" || break
    "$ready" "$folder" && return
    sleep 0.05
  done
  kill -KILL "$pid" 2>/dev/null || true
  unset 'server_pids[-1]'
  return 1
}

# A program in a folder that the servers' user cannot enter (a checkout in /root, say) is copied into the
# run's folder. $1 is the program, $2 what must be copied for it, $3 the variable that says where it is.
bring_within_reach() {
  local program=$1 whole=$2 variable=$3
  "${as_server[@]}" test -x "$program" && return
  local copy=$RUN/${whole##*/}
  cp -aL "$whole" "$copy"
  chmod -R a+rX "$copy"
  printf -v "$variable" '%s' "${copy}${!variable#"$whole"}"
}
