# The script that changes a machine, as it lies there: /var/lib/dockertls/script-DIGEST. The program runs it
# with `apply` or `remove`, and an envelope on standard input; a person with `restore`.

main() {
  case ${1:-} in
  apply)
    script_digest=${0##*/script-}
    apply
    ;;
  remove) remove ;;
  restore) restore "${2:-}" ;;
  *)
    outcome=64
    echo 'usage: sudo sh /var/lib/dockertls/dockertls.sh restore [--allow-container-restart]' >&2
    echo 'Gives this machine back as it was before dockertls first touched it.' >&2
    exit 64
    ;;
  esac
}

# remove_old_scripts: those of earlier versions; nothing names them any more.
remove_old_scripts() {
  for leftover in "$state"/script-*; do
    [ "${leftover##*/script-}" = "$script_digest" ] || rm -f "$leftover"
  done
}
