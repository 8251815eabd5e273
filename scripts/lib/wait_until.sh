# shellcheck shell=bash
# Waiting for something to be so.

# wait_until <tenths of a second> <command>...: whether it succeeds within that time.
wait_until() {
    local left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.1
    done
}
