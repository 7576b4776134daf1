# Whose machine it is, by which claim, and where it was reached: a record, and a pending, say
#
#   owner=PROJECT/STACK/HOST
#   address=HOST:PORT   where that host was reached when it was converged
#   claim=NUMBER        of that host on a machine; a later one is larger
#
# A host whose address changes to another machine makes a new claim there, and the resource that
# would take the old machine back goes with the old claim: see has_later_token.

# What this run writes down; owner is what it was told.
address_to_record=
token_to_record=

ownership_lines() { printf '%s\n' "address=$address_to_record" "claim=$token_to_record"; }

# ownership_field KEY: what the machine says of its holder. A change that was cut off counts already.
ownership_field() {
  if [ -f "$state/pending" ]; then
    field "$state/pending" "$1"
  else
    field "$state/record" "$1"
  fi
}

owner_of_machine() { ownership_field owner; }

# may_take_over: whether the machine still belongs to whom the look saw, and found reason to follow.
may_take_over() { [ -n "$previous_owner" ] && [ "$previous_owner" = "$current_owner at $(ownership_field address)" ]; }

# take_ownership: one that is ours already says so in today's terms before anything else happens, for
# whatever becomes of this run, an earlier claim has no business here any more.
take_ownership() {
  step claim
  address_to_record=$address
  token_to_record=$fencing_token
  for mark in record pending; do
    if [ "$(field "$state/$mark" owner)" = "$owner" ] && ! ownership_is_recorded "$state/$mark"; then
      { grep -v -e '^address=' -e '^claim=' "$state/$mark" && ownership_lines; } | write_atomically "$state/$mark" || return 1
    fi
  done
}

ownership_is_recorded() { [ "$(field "$1" address)" = "$address_to_record" ] && [ "$(field "$1" claim)" = "$token_to_record" ]; }

# has_later_token: whether the host has claimed this machine anew since the claim that this run goes by.
has_later_token() { [ "$(number_of "$(ownership_field claim)")" -gt "$(number_of "$fencing_token")" ]; }

# number_of TEXT: records and runs of earlier versions have no claim.
number_of() {
  case $1 in
  '' | *[!0-9]*) echo 0 ;;
  *) echo "$1" ;;
  esac
}
