# The script as it lies on a machine: /var/lib/dockertls/script-DIGEST. The program runs it with `apply`, `revise`
# or `remove`, and an envelope on standard input; a person with `restore`.

main() {
  case ${1:-} in
  apply)
    script_digest=${0##*/script-}
    apply
    ;;
  remove) remove ;;
  revise) revise ;;
  restore) restore "${2:-}" ;;
  *)
    outcome=64
    echo 'usage: sudo sh /var/lib/dockertls/dockertls.sh restore [--allow-container-restart]' >&2
    echo 'Restores this machine as it was before dockertls first touched it.' >&2
    exit 64
    ;;
  esac
}
