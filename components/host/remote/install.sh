# Puts the script that changes a machine there, as a file that only root can read or change. Nothing that
# dockerd has to do with is touched.

root=${DOCKERTLS_ROOT:-}
state=$root/var/lib/dockertls

refuse() {
  echo "$1" >&2
  exit 10
}

# install_script DIGEST WHERE: standard input, on the machine for good in one move; then under the name that
# a person types. WHERE is anywhere, or used: then only on a machine with a folder of ours.
install_script() {
  set -u
  umask 077
  LC_ALL=C
  PATH=$PATH:$root/usr/sbin:$root/sbin
  export LC_ALL PATH
  [ "$(id -u)" = 0 ] || refuse 'ssh: this user is not root; log in as root or set sudo: true for this host'
  [ ! -L "$state" ] || refuse 'state: /var/lib/dockertls is a symbolic link; others could steer it; remove it'
  if [ "$2" = used ] && [ ! -d "$state" ]; then exit 0; fi
  # A redirection that fails ends the shell when it is exec's own, so it is tried before.
  (true >>"$root/run/dockertls.lock") || refuse 'lock: /run/dockertls.lock cannot be opened; /run is full or read-only; look at the machine'
  exec 9>>"$root/run/dockertls.lock"
  flock -w 30 9 || refuse 'lock: another run holds the lock; it has not ended within 30 s; run again when it has'
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
