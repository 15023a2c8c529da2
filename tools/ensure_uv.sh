#!/bin/sh
# Print the path of a uv to use: the one on PATH, or one installed below .tools/ for this project.
# A fresh Debian refuses `pip install` outside an environment (PEP 668) and may lack venv, so three ways.
set -eu
version=0.13.9
here=$(cd "$(dirname "$0")/.." && pwd)
own="$here/.tools/uv"

if command -v uv >/dev/null 2>&1; then
    command -v uv
    exit 0
fi
if [ ! -x "$own/bin/uv" ]; then
    echo "uv is missing; installing uv $version into .tools/uv ..." >&2
    rm -rf "$own"
    if python3 -m venv "$own" >&2 2>/dev/null && "$own/bin/pip" install --quiet "uv==$version" >&2; then
        :
    elif python3 -m pip --version >/dev/null 2>&1; then
        rm -rf "$own"
        python3 -m pip install --quiet --prefix "$own" --ignore-installed --break-system-packages "uv==$version" >&2 ||
            python3 -m pip install --quiet --prefix "$own" --ignore-installed "uv==$version" >&2
        [ -x "$own/bin/uv" ] || { mkdir -p "$own/bin"; ln -sf "$own/local/bin/uv" "$own/bin/uv"; }
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq >&2 && apt-get install -y -qq python3-venv >&2
        python3 -m venv "$own" >&2 && "$own/bin/pip" install --quiet "uv==$version" >&2
    fi
fi
if [ ! -x "$own/bin/uv" ]; then
    echo "uv could not be installed. Do one of: apt install python3-venv; pipx install uv; see docs.astral.sh/uv" >&2
    exit 1
fi
echo "$own/bin/uv"
