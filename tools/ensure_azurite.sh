#!/bin/sh
# Fetch Azurite (Microsoft's own emulator of Azure Storage, MIT) into .tools/azurite for tests; never fails.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
target="$root/.tools/azurite"
version=3.37.0
if [ -x "$target/node_modules/.bin/azurite-blob" ] && [ "$(cat "$target/.version" 2>/dev/null)" = "$version" ]; then
    exit 0
fi
skipped="the tests against a real Azure Blob server will be skipped and say so"
if ! command -v npm >/dev/null 2>&1; then
    echo "no npm here: Azurite cannot be fetched; $skipped" >&2
    exit 0
fi
echo "fetching azurite for the tests ..." >&2
rm -rf "$target"
mkdir -p "$target"
if (cd "$target" && npm install --no-audit --no-fund --loglevel=error "azurite@$version" >/dev/null 2>&1); then
    echo "$version" >"$target/.version"
    exit 0
fi
rm -rf "$target"
echo "azurite could not be fetched; $skipped" >&2
