# Keeps two runs on one machine apart.
# Reads: root, state, lock_limit. Sets: file descriptor 9, which holds the lock until the run ends.

lock_limit=120

take_lock() {
  step lock
  # A failing redirection of exec ends the shell, so a subshell tries it first.
  (true >>"$root/run/dockertls.lock") || refuse 'lock: /run/dockertls.lock cannot be opened; /run is full or read-only; look at the machine'
  exec 9>>"$root/run/dockertls.lock"
  flock -w "$lock_limit" 9 || refuse "lock: another run holds the lock; it has not ended within $lock_limit s; run again when it has"
}

check_state_folder() {
  [ ! -L "$state" ] || refuse 'state: /var/lib/dockertls is a symbolic link; others could steer it; nothing was touched; remove it'
}
