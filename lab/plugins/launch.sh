#!/bin/sh
# Starts the plugin that it is called as: Pulumi finds `pulumi-resource-NAME`, a link to this file,
# on PATH or in its plugins folder.
set -eu
name=${0##*/pulumi-resource-}
plugins=$(dirname -- "$(readlink -f -- "$0")")
node=$plugins/../../node_modules/.bin/node
[ -x "$node" ] || node=node
# Plugins start twice in every `pulumi up`; with compiled code at hand that takes half the time.
: "${NODE_COMPILE_CACHE:=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/dockertls/compile-cache}"
export NODE_COMPILE_CACHE
exec "$node" "$plugins/$name/main.ts" "$@"
