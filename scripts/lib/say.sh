# shellcheck shell=bash
# What a script tells people: one line each, on standard error, so that output stays for programs.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    say "$*"
    exit 1
}
