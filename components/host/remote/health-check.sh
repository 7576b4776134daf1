# The stack's own question to the machine, before a change and after it: whether what it is there for works.
# Reads: health_limit, health_before, health_hidden, hidden; the command, in $run/inbox/health.sh.
# Sets: docker_why, failed_at.

# check_health: before the first touch. A killed run that is completed has been asked for already, and a dockerd that does
# not serve comes back whatever depends on it.
check_health() {
  has_health_check && [ "$health_before" != ignore ] && [ "$docker_answers" = yes ] && [ ! -f "$state/pending" ] || return 0
  step check-health
  is_healthy ||
    refuse "healthCheck: does not pass before the change ($health_said); a failure after it would not tell what broke; nothing was touched; put right what it asks for, or set healthCheck.before: ignore"
}

# stays_healthy: after it, within the transaction. Where dockerd did not serve before, the way back would stop it again.
stays_healthy() {
  has_health_check && [ "$(field "$state/previous/facts" answers)" = yes ] || return 0
  step new-health
  if is_healthy; then return 0; fi
  failed_at=healthCheck
  docker_why="does not pass after the change ($health_said)"
  return 1
}

has_health_check() { [ -f "$run/inbox/health.sh" ]; }

# is_healthy: asks until it passes or its time is over. Otherwise health_said is why not.
is_healthy() {
  health_ended=
  see_uptime
  health_end=$((uptime + $(number_of "$health_limit")))
  while :; do
    health_left=$((health_end - uptime))
    [ "$health_left" -gt 0 ] || health_left=1
    if ask_health "$health_left"; then return 0; fi
    see_uptime
    if [ "$uptime" -ge "$health_end" ]; then break; fi
    sleep 1
  done
  quote_health
  return 1
}

# see_uptime: seconds, which no clock that is set back makes longer.
see_uptime() {
  read -r uptime _ </proc/uptime
  uptime=${uptime%%.*}
}

# ask_health SECONDS: what it leaves running keeps neither the lock nor the connection, and its words take no more room than
# their end. Other users see the path of the command in a process's arguments, not the command.
ask_health() {
  health_status=
  : >"$run/inbox/health.status"
  {
    trap - HUP PIPE
    timeout -k 5 "$1" sh "$run/inbox/health.sh" </dev/null 2>&1 3>&- 4>&- 9>&-
    echo "$?" >"$run/inbox/health.status"
  } | timeout $(($1 + 10)) tail -c 2000 >"$run/inbox/health.said"
  read -r health_status <"$run/inbox/health.status" || :
  [ "$health_status" != 0 ] || return 0
  # The last time is cut short where little is left; what an earlier one said tells more.
  case $health_status:$health_ended in
  124:?* | 137:?*) ;;
  *) health_ended=$health_status && mv -f "$run/inbox/health.said" "$run/inbox/health.last" ;;
  esac
  return 1
}

# quote_health: what it said when it last ended by itself, into health_said.
quote_health() {
  case $health_ended in
  124 | 137) health_said="no end within $health_limit s" ;;
  '') health_said='it could not be run' ;;
  *) health_said="exit code $health_ended" ;;
  esac
  [ -s "$run/inbox/health.last" ] || return 0
  if [ "$hidden" = true ] || [ "$health_hidden" = true ]; then
    health_said="$health_said; its words may hold a secret and are not repeated"
  else
    health_words=$(masked "$(cat "$run/inbox/health.last")" | tail -c 300)
    health_said="$health_said: $(one_line "$health_words" 300)"
  fi
}
