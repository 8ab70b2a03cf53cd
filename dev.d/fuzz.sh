# shellcheck shell=bash
# Whatever reads what comes from outside, held against inputs that libFuzzer makes up.
#
# Targets are in fuzz/. What a run learned is kept for the next one in .dev/fuzz, what it found in fuzz/artifacts.

readonly FUZZ_RUNS=1000000
# What one input may take: seconds, and MiB of memory for all of the process.
readonly FUZZ_SECONDS=20 FUZZ_MEMORY=1024
# What libFuzzer ends with where it was told to stop.
readonly FUZZ_STOPPED=72
FUZZ_BIN=''

command_fuzz() {
  local targets=() inputs=() runs=$FUZZ_RUNS found=0 target
  while (($# > 0)); do
    case $1 in
      --runs)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die 'give --runs a number'
        runs=$2
        shift
        ;;
      -*) die "./dev fuzz has no option $1" ;;
      *) if [[ -f fuzz/fuzz_targets/$1.rs ]]; then targets+=("$1"); else inputs+=("$1"); fi ;;
    esac
    shift
  done
  fuzz_check_inputs "${#targets[@]}" "${inputs[@]}"
  fuzz_build "${targets[@]}"
  if ((${#inputs[@]} > 0)); then
    run "$FUZZ_BIN/${targets[0]}" "${inputs[@]}" || die 'it fails'
    return
  fi
  ((${#targets[@]} > 0)) || mapfile -t targets < <(fuzz_targets)
  for target in "${targets[@]}"; do
    fuzz_one "$target" "$runs" || found=$((found + 1))
  done
  ((found == 0)) || die "$found of ${#targets[@]} targets found something"
  say "nothing found in ${#targets[@]} targets"
}

fuzz_targets() {
  local file
  for file in fuzz/fuzz_targets/*.rs; do
    file=${file##*/}
    echo "${file%.rs}"
  done
}

# Inputs of a former run are for one target.
fuzz_check_inputs() {
  local targets=$1 input
  shift
  for input; do
    [[ -f $input ]] || die "there is no target $input: $(fuzz_targets | paste -sd ' ')"
    ((targets == 1)) || die 'name the one target that the inputs are for'
  done
}

fuzz_build() {
  locked need_rust
  have c++ || locked apt_install g++ || die 'a C++ compiler is missing, which builds libFuzzer: install g++'
  locked need_fuzz
  fuzz_lock
  say 'building the fuzz targets (about five minutes the first time)'
  local target=${CARGO_TARGET_DIR:-$ROOT/target} host
  # Stable Rust has no sanitizers. What they find is not there to be found: nothing here is unsafe.
  run cargo fuzz build --sanitizer none --target-dir "$target" $( (($# != 1)) || echo "$1") >&2 || die 'the build failed'
  host=$(rustc -vV | sed -n 's/^host: //p')
  FUZZ_BIN=$target/$host/release
}

# What is fuzzed is built of what the rest is built of: the root's lock file, to which cargo adds what fuzzing needs.
fuzz_lock() { [[ fuzz/Cargo.lock -nt Cargo.lock ]] || cp Cargo.lock fuzz/Cargo.lock; }

# Runs a target and prints a line with what came of it.
fuzz_one() {
  local target=$1 runs=$2 since=$SECONDS status=0 known=$DEV/fuzz/$1 found=fuzz/artifacts/$1 log=$DEV/fuzz/$1.log
  local corpus=${ACUSE_CORPUS:-../shared/corpus}/${target#webhook_} from=("$known" "fuzz/seeds/$target")
  mkdir -p "$known" "$found"
  # Other people's payloads, where they are here, are read from where they are.
  [[ $target != webhook_* || ! -d $corpus ]] || from+=("$corpus")
  run "$FUZZ_BIN/$target" -runs="$runs" -timeout="$FUZZ_SECONDS" -rss_limit_mb="$FUZZ_MEMORY" -print_final_stats=1 \
    -artifact_prefix="$found/" "${from[@]}" >"$log" 2>&1 || status=$?
  printf '%-24s %9s runs %7s features %5s MiB peak %5s s\n' "$target" \
    "$(fuzz_figure 'stat::number_of_executed_units:' "$log")" "$(fuzz_figure 'ft:' "$log")" \
    "$(fuzz_figure 'stat::peak_rss_mb:' "$log")" $((SECONDS - since))
  ((status != 0)) || return 0
  ((status != FUZZ_STOPPED)) || die "$target was stopped before its end"
  fuzz_finding "$target" "$log"
  return 1
}

# The last number that stands behind a word in libFuzzer's log.
fuzz_figure() {
  local figure
  figure=$(grep -oE "$1 +[0-9]+" "$2" | tail -n 1 | grep -oE '[0-9]+$') || true
  echo "${figure:--}"
}

# What a target found, and how to see it again.
fuzz_finding() {
  local target=$1 log=$2 input
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  grep -m 1 -A 2 'panicked at' "$log" >&2 || tail -n 20 "$log" >&2
  say "$target found something (all of it in $log)${input:+; again: ./dev fuzz $target $input}"
}
