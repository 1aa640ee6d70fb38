#!/bin/sh
# promtool from Debian's package `prometheus`, into .build/promtool: no root, nothing installed. Prints its path.
# Needs apt-get and dpkg (Debian, Ubuntu) and package lists that are not too old; runs apt-get update itself when root.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
target="$top/.build/promtool"
tool="$target/usr/bin/promtool"

if [ ! -x "$tool" ]; then
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "no apt-get here: install promtool yourself" >&2; exit 1; }
    mkdir -p "$target"
    work=$(mktemp -d "$target/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    apt-get download prometheus >&2 || { apt-get update >&2 && apt-get download prometheus >&2; }
    dpkg -x prometheus_*.deb "$work/tree"
    # Two runs at once are harmless: each unpacks its own tree, and the last rename stands.
    mkdir -p "$target/usr/bin"
    mv "$work/tree/usr/bin/promtool" "$tool"
fi
"$tool" --version >/dev/null
echo "$tool"
