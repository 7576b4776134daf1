# Says which rules of its firewalls a new connection from here meets. Changes nothing, and answers as probe.sh does. It is
# asked where a port does not answer: no other run pays for it.
# Reads: settings on standard input.

settings_taken='boundary'
# Bytes of rules, at most: of more, the reader takes nothing.
rules_limit=2097152

main() {
  set_environment
  exec 2>/dev/null
  read_settings
  exec </dev/null
  find_connection
  text source "$source"
  text destination "$destination"
  route=$(ip -o route get "$source")
  case $route in
  *' dev '*)
    route=${route#* dev }
    text interface "${route%% *}"
    ;;
  esac
  value iptables
  case $source in
  *:*) timeout 5 ip6tables -w 3 -S ;;
  *) timeout 5 iptables -w 3 -S ;;
  esac | head -c "$rules_limit"
  value nftables
  timeout 10 nft -j -t list ruleset | head -c "$rules_limit"
  value end
}

# find_connection: where the SSH connection comes from and leads to, into source and destination. sudo takes the variable
# out of our environment, and has it in its own.
find_connection() {
  connection=${SSH_CONNECTION:-}
  [ -n "$connection" ] ||
    connection=$(tr '\0' '\n' <"$root/proc/$PPID/environ" | sed -n 's/^SSH_CONNECTION=//p')
  source=${connection%% *}
  destination=${connection#* * }
  destination=${destination%% *}
}
