# Whose machine it is. A record, and a pending, say
#
#   owner=PROJECT/STACK/HOST
#   address=HOST:PORT   where that host was reached when it was converged
#   claim=NUMBER        its fencing token: a larger one was issued later
#
# A host whose address changes to another machine gets a new token there. The resource that restores the
# old machine keeps the old token, so it can't take back a machine that is in use again.
# Reads: owner, address, fencing_token, previous_owner. Sets: current_owner; address_to_record and
# token_to_record, which this run writes down.

address_to_record=
token_to_record=

check_owner() {
  step check-owner
  remove_leftovers
  current_owner=$(owner_of_machine)
  if [ -n "$current_owner" ] && [ "$current_owner" != "$owner" ] && ! may_take_over; then
    refuse "owner: this machine belongs to $current_owner; configuring it for $owner would take it over; destroy it there first, or set takeOver: true"
  fi
  if [ -f "$state/record" ] && [ ! -f "$state/original/manifest" ]; then
    refuse 'state: /var/lib/dockertls/original is missing; nothing else says how the machine was before; remove /var/lib/dockertls/record to adopt it as it is'
  fi
  take_ownership || refuse "$full_disk"
}

check_belonging() {
  step check-belonging
  remove_leftovers
  current_owner=$(owner_of_machine)
  if [ -z "$current_owner" ]; then
    # Every run ended before it touched anything.
    rm -rf "$state"
    end_run 0 'nothing to undo' ''
  fi
  [ -n "$owner" ] || refuse 'envelope: set.owner is missing; nothing was touched; this is a bug in the program, report it'
  if [ "$current_owner" != "$owner" ]; then
    end_run 0 "left alone: this machine belongs to $(one_line "$current_owner" 200)" ''
  fi
  if has_later_token; then
    end_run 0 "left alone: $owner was converged on this machine again, at $(one_line "$(ownership_field address)" 200)" ''
  fi
  address_to_record=$(ownership_field address)
  token_to_record=$(ownership_field claim)
  [ -f "$state/original/manifest" ] ||
    refuse 'state: /var/lib/dockertls/original is missing; nothing else says how the machine was before; correct the files by hand, then remove /var/lib/dockertls'
  choose_undo_run
}

# take_ownership: a machine that is ours gets the present address and token before anything else happens:
# whatever becomes of this run, an earlier token has no rights here any more.
take_ownership() {
  step claim
  address_to_record=$address
  token_to_record=$fencing_token
  for mark in record pending; do
    [ -f "$state/$mark" ] || continue
    if [ "$(field "$state/$mark" owner)" = "$owner" ] && ! ownership_is_recorded "$state/$mark"; then
      { grep -v -e '^address=' -e '^claim=' "$state/$mark" && ownership_lines; } >"$state/$mark.new" &&
        commit_file "$state/$mark" || return 1
    fi
  done
}

ownership_is_recorded() { [ "$(field "$1" address)" = "$address_to_record" ] && [ "$(field "$1" claim)" = "$token_to_record" ]; }
ownership_lines() { printf '%s\n' "address=$address_to_record" "claim=$token_to_record"; }

# ownership_field KEY: a pending change counts already.
ownership_field() {
  if [ -f "$state/pending" ]; then
    field "$state/pending" "$1"
  else
    field "$state/record" "$1"
  fi
}

owner_of_machine() { ownership_field owner; }

# may_take_over: whether it still belongs to the owner whom the look saw and may replace.
may_take_over() { [ -n "$previous_owner" ] && [ "$previous_owner" = "$current_owner at $(ownership_field address)" ]; }

# has_later_token: whether the host has got this machine with a later token than this run's.
has_later_token() { [ "$(number_of "$(ownership_field claim)")" -gt "$(number_of "$fencing_token")" ]; }
