# Says who failed to get in since dockerd was started, by its journal. Changes nothing, and answers as probe.sh does. Only
# `npm run rotate-ca -- --status` asks for it: no other run pays for it.
# Reads: settings on standard input.

settings_taken='boundary'
# Where dockerd answers and which files it has is not asked.
socket='' socket_of='' ca_path='' cert_path='' key_path=''
# Lines of the journal that are read, and different ones that are told, at most.
journal_limit=100000
told_limit=2000

main() {
  set_environment
  exec 2>/dev/null
  read_settings
  exec </dev/null
  show_docker InvocationID
  invocation=${unit_show#InvocationID=}
  if [ -n "$invocation" ]; then
    value handshakes
    handshakes
  else
    text silence 'dockerd does not run, or systemd does not say which of its runs this is'
  fi
  value end
}

# handshakes: a line for each address and reason: how often, the address, the reason.
handshakes() {
  timeout 20 journalctl "_SYSTEMD_INVOCATION_ID=$invocation" -n "$journal_limit" -o cat --no-pager |
    sed -n 's/.*http: TLS handshake error from \([][0-9a-fA-F.:%a-z]*\):[0-9]*: \(.*\)/\1 \2/p' |
    sort | uniq -c | head -n "$told_limit"
}
