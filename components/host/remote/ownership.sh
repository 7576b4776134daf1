# Whose machine it is, by which claim, and where it was reached: a record, and a pending, say
#
#   owner=PROJECT/STACK/HOST
#   address=HOST:PORT   where that host was reached when it was converged
#   claim=NUMBER        of that host on a machine; a later one is larger
#
# A host whose address changes to another machine makes a new claim there, and the resource that
# would take the old machine back goes with the old claim: see claimed_later.

# What this run writes down; owner is what it was told.
held_address=
held_claim=

hold_lines() { printf '%s\n' "address=$held_address" "claim=$held_claim"; }

# marked KEY: what the machine says of its holder. A change that was cut off counts already.
marked() {
  if [ -f "$state/pending" ]; then
    field "$state/pending" "$1"
  else
    field "$state/record" "$1"
  fi
}

owner_of_machine() { marked owner; }

# may_follow: whether the machine still belongs to whom the look saw, and found reason to follow.
may_follow() { [ -n "$former" ] && [ "$former" = "$present_owner at $(marked address)" ]; }

# claim_machine: one that is ours already says so in today's terms before anything else happens, for
# whatever becomes of this run, an earlier claim has no business here any more.
claim_machine() {
  step claim
  held_address=$address
  held_claim=$claim
  for mark in record pending; do
    if [ "$(field "$state/$mark" owner)" = "$owner" ] && ! is_held "$state/$mark"; then
      { grep -v -e '^address=' -e '^claim=' "$state/$mark" && hold_lines; } | write_whole "$state/$mark" || return 1
    fi
  done
}

is_held() { [ "$(field "$1" address)" = "$held_address" ] && [ "$(field "$1" claim)" = "$held_claim" ]; }

# claimed_later: whether the host has claimed this machine anew since the claim that this run goes by.
claimed_later() { [ "$(number_of "$(marked claim)")" -gt "$(number_of "$claim")" ]; }

# number_of TEXT: records and runs of earlier versions have no claim.
number_of() {
  case $1 in
  '' | *[!0-9]*) echo 0 ;;
  *) echo "$1" ;;
  esac
}
