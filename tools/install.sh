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
found=$venv/.found
wanted=$(cat "$@" | sha256sum)
mkdir -p "$venv"
exec 9>"$venv/.setup.lock"
flock 9 # two checkouts may share an environment; uv has a .lock of its own

# Of this environment: the interpreter it was made with may be gone, or be another by now.
runs() {
	[ ! -e "$unfinished" ] && [ -f "$venv/pyvenv.cfg" ] &&
		"$venv/bin/python" -c "import $1; sys.exit(sys.prefix == sys.base_prefix)" 2>/dev/null
}

is_whole() { runs 'sys, pip'; }

# Only what lies beside a mark of ours is ours to throw away, and never an environment that we only installed into.
is_ours() { [ ! -e "$found" ] && { [ -e "$stamp" ] || [ -e "$unfinished" ]; }; }

# `uv venv` makes environments without pip.
get_pip() { runs sys && "$venv/bin/python" -m ensurepip >/dev/null 2>&1 && is_whole; }

make_anew() {
	local others
	others=$(ls -A "$venv" | grep -vx '.setup.lock' || true)
	if [ -n "$others" ] && ! is_ours; then
		echo "$venv is not empty, and neither a working environment nor one that was made here: remove the folder, or name another by SMARKETING_VENV." >&2
		exit 1
	fi
	"$python" -c 'import ensurepip' 2>/dev/null || {
		echo "This Python cannot make an environment, its module ensurepip is missing. Debian and Ubuntu have it in a package of its own: apt-get install $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2
		exit 1
	}
	touch "$unfinished" # first of all, and spared: what is cut off from here on stays known as ours
	if [ -n "$others" ]; then
		echo "The environment in $venv was left unfinished or lost its Python: making it anew"
		find "$venv" -mindepth 1 -maxdepth 1 ! -name .setup.lock ! -name .unfinished -exec rm -rf {} +
	fi
	"$python" -m venv "$venv"
	touch "$stamp"
}

# A module that is compiled at each import costs every process seconds and megabytes; uv leaves them uncompiled.
compile() {
	[ "$(cat "$venv/.compiled" 2>/dev/null)" = "$wanted" ] && return
	"$venv/bin/python" -m compileall -q -j 0 "$venv"/lib/python*/site-packages >/dev/null || true # some are templates
	echo "$wanted" >"$venv/.compiled"
}

is_whole || { ! is_ours && get_pip; } || make_anew
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || { compile && exit 0; }

requirements=()
for lock in "$@"; do requirements+=(-r "$lock"); done

is_ours || touch "$found"
# What is cut off between the two lines that name it leaves packages that look installed and are not.
touch "$unfinished"
: >"$stamp"
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
