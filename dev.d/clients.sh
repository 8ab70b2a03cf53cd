# shellcheck shell=bash
# The clients in other languages, built as who uses them builds them, in .dev.

readonly PYTHON=$DEV/clients/python/bin/python

# What tells whether something has to be built anew: all that is in these files and folders but what is generated.
contents_of() { git ls-files -z --cached --others --exclude-standard -- "$@" | xargs -0 sha256sum; }

# A virtual environment with the Python client, and with what its tests need.
need_python_client() {
  local venv=$DEV/clients/python wanted
  wanted=$(contents_of dev.d/clients.sh clients/python proto tests/clients/python/requirements.txt)
  [[ -f $venv/installed && $wanted == "$(<"$venv/installed")" ]] && return
  rm -rf "$venv"
  python3 -m venv "$venv" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$venv"; } ||
    die 'Python 3 with venv is missing: install python3-venv'
  say 'installing the Python client, with grpcio from PyPI'
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --requirement tests/clients/python/requirements.txt ./clients/python ||
    die 'the Python client could not be installed'
  printf '%s\n' "$wanted" >"$venv/installed"
}

# A part of the checkout, with the TypeScript client built and packed in it and installed beside the examples: what npm leaves in
# these folders is not left in the checkout.
readonly TYPESCRIPT=$DEV/clients/typescript

# Copies files of the checkout to another folder, at the same place in it.
copy_to() {
  local to=$1
  shift
  mkdir -p "$to"
  git ls-files -z --cached --others --exclude-standard -- "$@" | tar --create --null --files-from=- | tar --extract --directory="$to"
}

need_typescript_client() {
  local wanted
  wanted=$(contents_of dev.d/clients.sh buf.yaml proto clients/typescript examples/typescript/package.json)
  [[ -f $TYPESCRIPT/installed && $wanted == "$(<"$TYPESCRIPT/installed")" ]] && return
  have npm || apt_install nodejs npm || die 'the TypeScript client needs nodejs and npm'
  say 'building the TypeScript client, with connect from npm'
  rm -rf "$TYPESCRIPT"
  copy_to "$TYPESCRIPT" buf.yaml proto clients/typescript examples/typescript
  (cd "$TYPESCRIPT/clients/typescript" && npm_quietly ci --ignore-scripts && npm_quietly pack &&
    cd "$TYPESCRIPT/examples/typescript" && npm_quietly install --ignore-scripts) || die 'the TypeScript client could not be built'
  printf '%s\n' "$wanted" >"$TYPESCRIPT/installed"
}

npm_quietly() { npm "$@" --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null; }
