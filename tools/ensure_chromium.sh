#!/bin/sh
# Install Debian's Chromium and a Japanese font for the browser tests where this may be done; never fails.
set -u
if command -v chromium >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the browser tests ..." >&2
    if apt-get update -qq >/dev/null 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            chromium fonts-noto-cjk >/dev/null 2>&1; then
        exit 0
    fi
    echo "chromium could not be installed; the browser tests will be skipped and say so" >&2
    exit 0
fi
echo "chromium is missing and this user may not install it (apt install chromium);" \
    "the browser tests will be skipped and say so" >&2
