# A run on machine B: how it begins, and how it says what came of it.
# Sets: run (its folder) and run_id; current_step; outcome, once it is known; transaction (none, open,
# rolling-back or recorded), by which an early end is judged.

run=
run_id=
outcome=
current_step=begin
transaction=none
full_disk='disk: /var/lib/dockertls cannot be written; full or read-only; nothing was touched; make room and run again'

step() { current_step=$1; }

trap ended_early EXIT

# begin: output goes to /dev/null and the outcome is printed once, at the end. A script whose connection
# dropped would otherwise die at its next write, in the middle of the transaction.
begin() {
  set -u
  umask 077
  set_environment
  unset CDPATH DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_CONFIG
  trap '' HUP PIPE
  exec 3>&1 4>&2 >/dev/null 2>&1
}

need_root() {
  [ "$(id -u)" = 0 ] || refuse "ssh: this user is not root; the files of dockerd belong to root; log in as root or set sudo: true for this host"
  [ -d "$root/run/systemd/system" ] || refuse 'machine: systemd is not running; dockerd is restarted through it; use a machine that systemd boots'
  find_missing_tool
  [ -z "$missing_tool" ] || refuse "machine: $missing_tool is missing; the transaction needs it; install coreutils, grep, sed and util-linux"
}

# open_run: creates the state folder, and in it the folder of this run.
open_run() {
  step open-run
  check_state_folder
  if [ -d "$state" ]; then chmod 0700 "$state"; else mkdir -m 0700 "$state"; fi || refuse "$full_disk"
  run_id=$(cat /proc/sys/kernel/random/uuid)
  run=$state/run-$run_id
  mkdir "$run" "$run/inbox" || refuse "$full_disk"
}

ended_early() {
  ended_status=$?
  [ -z "$outcome" ] || exit "$ended_status"
  ended_why="the script stopped unexpectedly (step $current_step, status $ended_status)"
  case $transaction in
  none) end_run 10 '' "machine: $ended_why; nothing was touched; report this" ;;
  open) roll_back "$ended_why" ;;
  *) end_run 40 '' "machine: $ended_why; the change may be incomplete; run again, and report this" ;;
  esac
}

# end_run STATUS STDOUT STDERR
end_run() {
  outcome=$1
  if [ -n "$run" ]; then
    case $run_id in
    "$(field "$state/pending" run)" | "$(field "$state/record" run)" | "$(field "$state/record" revised_run)")
      discard "$run/inbox" "$run/found" "$run/protect.json" "$run/validate.json"
      ;;
    *) rm -rf "$run" ;;
    esac
    # What is incomplete, where the disk was full.
    discard "$state/pending.new" "$state/record.new"
    [ -f "$state/pending" ] || discard "$state/previous"
    # A machine that was never touched keeps nothing of ours, this script included.
    if [ ! -f "$state/pending" ] && [ ! -f "$state/record" ]; then
      discard "$state/original" "$state"/script-* "$state/dockertls.sh"
      rmdir "$state"
    fi
  fi
  [ -z "$2" ] || printf '%s\n' "$2" >&3
  [ -z "$3" ] || one_line "$3" 1000 >&4
  exit "$1"
}

refuse() { end_run 10 '' "$1"; }

# one_line TEXT LIMIT: no control characters.
one_line() {
  printf '%s' "$1" | tr -c '[:print:]' ' ' | cut -c "1-$2"
}

# log TEXT: one line in the system's journal.
log() {
  if command -v logger; then logger -t dockertls -- "$1" || :; fi
}
