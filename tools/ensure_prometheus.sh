#!/bin/sh
# Fetch Debian's Prometheus and VictoriaMetrics into .tools/prometheus for tests, without installing; never fails.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
target="$root/.tools/prometheus"
if [ -x "$target/usr/bin/promtool" ] && [ -x "$target/usr/bin/victoria-metrics" ]; then
    exit 0
fi
skipped="the tests against real metrics servers will be skipped and say so"
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    echo "no apt-get here: Prometheus and VictoriaMetrics cannot be fetched; $skipped" >&2
    exit 0
fi
echo "fetching prometheus and victoria-metrics for the tests ..." >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "$(id -u)" = 0 ]; then
    apt-get update -qq >/dev/null 2>&1
fi
if (cd "$work" && apt-get download -qq prometheus victoria-metrics >/dev/null 2>&1); then
    mkdir -p "$work/tree" "$root/.tools"
    for package in "$work"/*.deb; do
        dpkg -x "$package" "$work/tree" || exit 0
    done
    rm -rf "$target"
    mv "$work/tree" "$target"
    exit 0
fi
echo "prometheus and victoria-metrics could not be fetched; $skipped" >&2
