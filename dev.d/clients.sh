# shellcheck shell=bash
# The clients in other languages, built as who uses them builds them, in .dev.

readonly PYTHON=$DEV/clients/python/bin/python

# What tells whether something has to be built anew: all that is in these files and folders but what is generated.
contents_of() { git ls-files -z --cached --others --exclude-standard -- "$@" | xargs -0 sha256sum; }

# A virtual environment with the Python client, and with what its tests need.
need_python_client() {
  local venv=$DEV/clients/python wanted
  wanted=$(contents_of clients/python proto tests/clients/python/requirements.txt)
  [[ -f $venv/installed && $wanted == "$(<"$venv/installed")" ]] && return
  rm -rf "$venv"
  python3 -m venv "$venv" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$venv"; } ||
    die 'Python 3 with venv is missing: install python3-venv'
  say 'installing the Python client, with grpcio from PyPI'
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --requirement tests/clients/python/requirements.txt ./clients/python ||
    die 'the Python client could not be installed'
  printf '%s\n' "$wanted" >"$venv/installed"
}
