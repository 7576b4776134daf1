# dockerd's own words on why it failed, without secrets.
# Reads: hidden, foreign_words.

# journal_reason SINCE: dockerd's last word, at most 300 characters.
journal_reason() {
  journal=$(timeout 10 journalctl -u docker.service --since "@$1" -n 60 -o cat --no-pager) || return 1
  reason=''
  set -f
  IFS=$new_line
  for pattern in 'failed to start daemon: ' 'unable to configure the Docker daemon' 'level=fatal' \
    'the following directives' 'failed to ' 'unable to parse ' 'level=error'; do
    for journal_line in $journal; do
      case $journal_line in *"$pattern"*) reason=$journal_line ;; esac
    done
    if [ -n "$reason" ]; then break; fi
  done
  unset IFS
  set +f
  [ -n "$reason" ] || return 1
  if [ "$hidden" = true ]; then
    echo 'dockerd did not take its configuration; its reason may hold a secret, see journalctl -u docker on the machine'
    return 0
  fi
  # From 28 on, the attempt and its failure are two fields: msg="…" error="…".
  one_line "$(masked "$(printf '%s' "$reason" |
    sed 's/^time=.*msg="\(.*\)"$/\1/; s/" error="/: /; s/\\"/"/g')")" 300
}

# masked TEXT: without the words of values that others have put into daemon.json, which may be passwords.
# They came with the envelope, and dockerd may repeat any of them, in any sentence.
masked() {
  # printf is a builtin, and sed reads a file: no word is in a process's arguments. Each rule stands twice, since
  # what ends one word begins the next.
  for word in '' $foreign_words; do
    masked_word="s,\\(^\\|[^[:alnum:]]\\)$word\\($\\|[^[:alnum:]]\\),\\1***\\2,gI"
    [ -z "$word" ] || printf '%s\n' "$masked_word" "$masked_word"
  done >"$run/mask.sed"
  printf '%s' "$1" | tr -c '[:print:]' ' ' | sed -e 's#[^"'"'"' ]*@#***@#g' -f "$run/mask.sed" ||
    printf '%s\n' 'its reason is in journalctl -u docker on the machine'
  rm -f "$run/mask.sed"
}
