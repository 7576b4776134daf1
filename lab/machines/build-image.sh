#!/bin/sh
# build-image.sh DIRECTORY COMMAND…: makes DIRECTORY and has COMMAND (mmdebstrap) fill it; its path is the
# last argument. Where this is root, by another name, in a mount namespace of its own: the lab's directory is
# closed to all others, and apt fetches packages as the user _apt only where that one can reach them.
set -eu
directory=$1
shift
mkdir -p "$directory"
chmod 0755 "$directory"
if [ "$(id -u)" -ne 0 ]; then exec "$@" "$directory"; fi
# shellcheck disable=SC2016 # that shell's own arguments
exec unshare --mount --propagation private \
  sh -euc 'directory=$1; shift; mount --bind "$directory" /mnt; exec "$@" /mnt' sh "$directory" "$@"
