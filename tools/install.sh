#!/usr/bin/env bash
# install.sh VENV PYTHON LOCK...: make the environment hold what the locks say; nothing to do when it does.
set -euo pipefail
venv=$1 python=$2
shift 2
"$python" - <<'CHECK' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Smarketing needs Python 3.11 or later, this is {sys.version.split()[0]}. Set PYTHON to a newer one.")
CHECK
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"

stamp=$venv/.installed
wanted=$(cat "$@" | sha256sum)
exec 9>"$venv/.setup.lock"
flock 9 # two checkouts may share an environment; uv has a .lock of its own
# A module that is compiled at each import costs every process seconds and megabytes; uv leaves them uncompiled.
compile() {
	[ "$(cat "$venv/.compiled" 2>/dev/null)" = "$wanted" ] && return
	"$venv/bin/python" -m compileall -q -j 0 "$venv"/lib/python*/site-packages >/dev/null || true # some are templates
	echo "$wanted" >"$venv/.compiled"
}
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || { compile && exit 0; }

requirements=()
for lock in "$@"; do requirements+=(-r "$lock"); done

# uv is quicker, and trusts the authorities the machine trusts, as behind a company proxy; pip takes the same locks where uv cannot reach the index that pip is configured for.
# Bars where somebody watches; a log is spared a line for each package.
quiet=(--quiet)
[ ! -t 2 ] || quiet=()
echo "Installing the $(cat "$@" | grep -c '==') locked dependencies into $venv: uv first, which fetches the others"
pip=("$venv/bin/python" -m pip --disable-pip-version-check "${quiet[@]}" install --require-hashes)
"${pip[@]}" -r requirements/uv.txt
UV_PYTHON_DOWNLOADS=never "$venv/bin/uv" pip sync --system-certs "${quiet[@]}" --require-hashes --python "$venv/bin/python" "$@" ||
	"${pip[@]}" "${requirements[@]}"
echo "$wanted" >"$stamp"
echo "Compiling them"
compile
