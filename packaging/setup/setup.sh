#!/bin/sh
# Sets up DreamMix's backend on Linux and macOS: sh setup.sh install|status|repair|cancel|uninstall [OPTIONS]
#
# Starts the program beside it with a Python of 3.10 or newer. Where there is none, uv is fetched, by the hash in
# uv.txt, and brings one.
set -eu

# What Krita sets for its own libraries would mislead other programs.
unset PYTHONHOME PYTHONPATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH

here=$(cd "$(dirname "$0")" && pwd)

# fail WHAT WHY REMEDY: the last line, as the program itself would say it.
fail() {
    printf '{"stage": "failed", "done": 0, "total": 0, "message": "%s: %s. %s.", ' "$1" "$2" "$3"
    printf '"what": "%s", "why": "%s", "remedy": "%s"}\n' "$1" "$2" "$3"
    exit 1
}

for name in python3 python3.13 python3.12 python3.11 python3.10; do
    path=$(command -v "$name") || continue
    # Without the developer tools, Apple's own python3 is a window that offers to install them.
    if [ "$path" = /usr/bin/python3 ] && [ "$(uname -s)" = Darwin ] && ! xcode-select -p >/dev/null 2>&1; then
        continue
    fi
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
        exec "$path" "$here" "$@"
    fi
done

system=$(uname -s)
case $(uname -m) in
    x86_64 | amd64) processor=x86_64 ;;
    arm64 | aarch64) processor=arm64 ;;
    *) processor=unknown ;;
esac
case $system in
    Darwin) data="$HOME/Library/Application Support/DreamMix" ;;
    *) data="${XDG_DATA_HOME:-$HOME/.local/share}/dreammix" ;;
esac
home=${DREAMMIX_SETUP:-$data/setup}
program=$home/uv/uv

digest='' url=''
while read -r for_system for_processor its_digest _ its_url; do
    if [ "$for_system $for_processor" = "$system $processor" ]; then
        digest=$its_digest url=$its_url
    fi
done <"$here/uv.txt"
[ -n "$url" ] || fail "Python is missing" "no version of uv is known for this computer, to bring one" \
    "Install Python 3.10 or newer and start the set-up again"

if [ ! -x "$program" ] || [ "$(cat "$home/uv/wheel.sha256" 2>/dev/null)" != "$digest" ]; then
    mkdir -p "$home/uv" 2>/dev/null || fail "The set-up cannot begin" "its folder cannot be made" \
        "Name another folder in the environment variable DREAMMIX_SETUP"
    wheel=$home/uv/uv.zip
    trap 'rm -f "$wheel"' EXIT
    if command -v curl >/dev/null; then
        curl --fail --silent --location --retry 3 --output "$wheel" "$url" || : >"$wheel"
    else
        wget --quiet --output-document="$wheel" "$url" || : >"$wheel"
    fi
    [ -s "$wheel" ] || fail "uv could not be fetched" "its server cannot be reached" \
        "Connect to the internet and start the set-up again"
    if command -v sha256sum >/dev/null; then
        sum=$(sha256sum "$wheel")
    else
        sum=$(shasum -a 256 "$wheel")
    fi
    [ "${sum%% *}" = "$digest" ] || fail "uv is not what it should be" "its hash is not the published one" \
        "Try again later or from another network"
    # On macOS tar reads zip files; elsewhere unzip is the usual one.
    (cd "$home/uv" && { unzip -q -o uv.zip 2>/dev/null || tar -xf uv.zip; }) ||
        fail "uv could not be unpacked" "unzip is missing" "Install unzip and start the set-up again"
    mv "$home"/uv/uv-*.data/scripts/uv "$program"
    chmod +x "$program"
    printf %s "$digest" >"$home/uv/wheel.sha256"
    rm -rf "$wheel" "$home"/uv/uv-*
    trap - EXIT
fi

status=0
UV_PYTHON_INSTALL_DIR=$home/python UV_PYTHON_INSTALL_BIN=0 UV_CACHE_DIR=$home/cache UV_NO_CONFIG=1 \
    "$program" run --quiet --no-project --managed-python --python 3.12 python "$here" "$@" || status=$?
if [ "$status" = 0 ] && [ "${1-}" = uninstall ]; then
    rm -rf "$home/python" "$home/uv" "$home/cache"
    rmdir "$home" 2>/dev/null || :
fi
exit "$status"
