# Puts the script that changes a machine there, as a file that only root can read or change. Touches
# nothing that dockerd uses.
# Reads: the script on standard input.

lock_limit=30

step() { :; }

refuse() {
  echo "$1" >&2
  exit 10
}

# install_script DIGEST WHERE: standard input becomes the script, in one move; then the name that a person types
# leads to it. WHERE is anywhere, or used: only on a machine that has our folder.
install_script() {
  set -u
  umask 077
  set_environment
  [ "$(id -u)" = 0 ] || refuse 'ssh: this user is not root; log in as root or set sudo: true for this host'
  check_state_folder
  if [ "$2" = used ] && [ ! -d "$state" ]; then exit 0; fi
  take_lock
  if receive_script "$1" && put_in_place "$1"; then exit 0; fi
  refuse 'disk: /var/lib/dockertls cannot be written; full or read-only; make room and run again'
}

receive_script() {
  new=$state/script.new
  [ -d "$state" ] || mkdir -m 0700 "$state" || return 1
  chmod 0700 "$state" && cat >"$new" && sync "$new" || return 1
  [ "$(sha256sum <"$new")" = "$1  -" ] || refuse 'script: did not arrive as it was sent; nothing runs it; run again'
}

put_in_place() {
  chmod 0400 "$new" && mv -fT "$new" "$state/script-$1" && ln -sfn "script-$1" "$state/dockertls.sh" && sync "$state"
}
