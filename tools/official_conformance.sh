#!/bin/sh
# Run the official FOCUS validator on a file: tools/official_conformance.sh FILE [CRITERIA]. Prints one line of JSON.
# It lives in an environment of its own below the cache folder: it needs Python 3.12 and packages older than ours.
# Exit code 3, with the reason on stderr: the environment cannot be made here.
set -eu
version=2.2.1
here=$(cd "$(dirname "$0")" && pwd)
home="${WARIKAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/warikan}/focus-validator-$version"
python="$home/bin/python"

if [ ! -e "$home/.ready" ]; then
    uv=$(sh "$here/ensure_uv.sh")
    for found in 3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python 3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python; do
        rm -rf "$home"
        if "$uv" venv --quiet --no-python-downloads --python "$found" "$home" 2>/dev/null; then break; fi
    done
    [ -x "$python" ] || { echo "the official validator needs Python 3.12, which is not here" >&2; exit 3; }
    # It leaves pyarrow open and pins numpy below 2, which newer pyarrow no longer takes.
    "$uv" pip install --quiet --python "$python" "focus-validator==$version" "numpy<2" "pyarrow<22" >&2 ||
        { echo "focus-validator $version cannot be installed from PyPI here" >&2; exit 3; }
    touch "$home/.ready"
fi
[ "$#" -gt 0 ] || exit 0
exec "$python" "$here/official_conformance.py" "$@"
