#!/usr/bin/env bash
# install.sh VENV PYTHON LOCK...: make the environment hold what the locks say; nothing to do when it does.
set -euo pipefail
trap 'exit 130' INT TERM HUP # else a Ctrl-C of uv would look like a failure, and pip would begin
venv=$1 python=$2
shift 2
"$python" - <<'CHECK' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Smarketing needs Python 3.11 or later, this is {sys.version.split()[0]}. Set PYTHON to a newer one.")
CHECK

stamp=$venv/.installed
unfinished=$venv/.unfinished
wanted=$(cat "$@" | sha256sum)
mkdir -p "$venv"
exec 9>"$venv/.setup.lock"
flock 9 # two checkouts may share an environment; uv has a .lock of its own

# Of this environment, with its pip: the interpreter it was made with may be gone, or be another by now.
is_whole() {
	[ ! -e "$unfinished" ] && [ -f "$venv/pyvenv.cfg" ] &&
		"$venv/bin/python" -c 'import sys, pip; sys.exit(sys.prefix == sys.base_prefix)' 2>/dev/null
}

make_anew() {
	local others
	"$python" -c 'import ensurepip' 2>/dev/null || {
		echo "This Python cannot make an environment, its module ensurepip is missing. Debian and Ubuntu have it in a package of its own: apt-get install $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2
		exit 1
	}
	others=$(ls -A "$venv" | grep -vx '.setup.lock' || true)
	if [ -n "$others" ]; then
		# Without pyvenv.cfg, only what `python -m venv` makes before it, and what we put there, is ours to throw away.
		if [ ! -f "$venv/pyvenv.cfg" ] && grep -qvxE 'bin|include|lib|lib64|node(\.unfinished)?|\.(lock|unfinished|installed|compiled)' <<<"$others"; then
			echo "$venv is no Python environment and not empty: choose another folder by SMARKETING_VENV." >&2
			exit 1
		fi
		echo "The environment in $venv was left unfinished or lost its Python: making it anew"
		find "$venv" -mindepth 1 -maxdepth 1 ! -name .setup.lock -exec rm -rf {} +
	fi
	touch "$unfinished"
	"$python" -m venv "$venv"
}

# A module that is compiled at each import costs every process seconds and megabytes; uv leaves them uncompiled.
compile() {
	[ "$(cat "$venv/.compiled" 2>/dev/null)" = "$wanted" ] && return
	"$venv/bin/python" -m compileall -q -j 0 "$venv"/lib/python*/site-packages >/dev/null || true # some are templates
	echo "$wanted" >"$venv/.compiled"
}

is_whole || make_anew
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || { compile && exit 0; }

requirements=()
for lock in "$@"; do requirements+=(-r "$lock"); done

# What is cut off between the two lines that name it leaves packages that look installed and are not.
touch "$unfinished"
rm -f "$stamp"
# uv is quicker, and trusts the authorities the machine trusts, as behind a company proxy; pip takes the same locks where uv cannot reach the index that pip is configured for.
# Bars where somebody watches; a log is spared a line for each package.
quiet=(--quiet)
[ ! -t 2 ] || quiet=()
echo "Installing the $(cat "$@" | grep -c '==') locked dependencies into $venv: uv first, which fetches the others"
pip=("$venv/bin/python" -m pip --disable-pip-version-check "${quiet[@]}" install --require-hashes)
install() {
	"${pip[@]}" -r requirements/uv.txt || return
	UV_PYTHON_DOWNLOADS=never "$venv/bin/uv" pip sync --system-certs "${quiet[@]}" --require-hashes --python "$venv/bin/python" "$@" ||
		"${pip[@]}" "${requirements[@]}"
}
install "$@" || { rm -f "$unfinished" && exit 1; } # both fetch before they change anything
echo "$wanted" >"$stamp"
rm -f "$unfinished"
echo "Compiling them"
compile
