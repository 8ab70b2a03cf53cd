# shellcheck shell=bash
# What every part of ./dev uses: words to the person at the terminal, and one command at a time.

readonly ROOT DEV=$ROOT/.dev
child=''

say() { printf '\033[2m[%3ds]\033[0m %s\n' "$SECONDS" "$*" >&2; }

die() {
  printf '\033[31merror:\033[0m %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null; }

# Runs a program so that a signal to this script is acted on at once, not when the program is done.
# It has a session of its own, which stop_child takes down as a whole, and ends with this script even
# where the script is killed. (The shell starts background programs deaf to SIGINT; env undoes that.)
run() {
  local status=0
  setsid setpriv --pdeathsig TERM env --default-signal=INT,QUIT "$@" </dev/null &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

stop_child() {
  [[ $child ]] || return 0
  kill -TERM -- "-$child" 2>/dev/null || kill -TERM "$child" 2>/dev/null || true
  gone_within 10 "$child" || kill -KILL -- "-$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true
}

# Whether a process has ended, looked at until so many seconds are over.
gone_within() {
  local tries=$(($1 * 20)) pid=$2
  while ((tries-- > 0)); do
    alive "$pid" || return 0
    sleep 0.05
  done
  return 1
}

# A zombie, of which only the exit status is left, counts as gone.
alive() {
  local state
  state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
  [[ $state && $state != Z ]]
}

# When a process started, in clock ticks since boot: with the pid, a name that is not used again.
# The fields are counted behind the command's name, which may hold spaces.
started_at() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  awk '{ print $20 }' <<<"${stat##*) }"
}
