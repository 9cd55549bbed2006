#!/bin/sh
# Runs signet.js by the Node that npm installed with this package; in a clone, by the clone's.
dist=$(dirname "$(readlink -f "$0")")
case $(uname -m) in aarch64 | arm64) arch=arm64 ;; *) arch=x64 ;; esac
for node in "$dist/node_modules/node-linux-$arch/bin/node" "$dist/../node-linux-$arch/bin/node" \
  "$dist/../node_modules/node/bin/node"; do
  [ -x "$node" ] && exec "$node" --disable-warning=ExperimentalWarning "$dist/signet.js" "$@"
done
echo "Signet's own Node is missing. Install Signet again with npm, and do not omit optional packages." >&2
exit 1
