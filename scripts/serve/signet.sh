#!/bin/sh
# Runs signet.js by the Node that npm installed with this package.
dist=$(dirname "$(readlink -f "$0")")
for node in "$dist/../node_modules/node/bin/node" "$dist/../../node/bin/node"; do
  [ -x "$node" ] && exec "$node" --disable-warning=ExperimentalWarning "$dist/signet.js" "$@"
done
exec node --disable-warning=ExperimentalWarning "$dist/signet.js" "$@"
