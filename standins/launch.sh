#!/bin/sh
# Starts the plugin that it is called as: Pulumi finds `pulumi-resource-NAME`, a link to this file,
# on PATH or in its plugins folder.
set -eu
name=${0##*/pulumi-resource-}
plugins=$(dirname -- "$(readlink -f -- "$0")")
node=$plugins/../node_modules/.bin/node
[ -x "$node" ] || node=node
exec "$node" "$plugins/main.mjs" "$name" "$@"
