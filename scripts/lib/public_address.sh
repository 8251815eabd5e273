# shellcheck shell=bash
# How this host is reached from elsewhere. Needs say.sh; `curl` and `ip` are there.

# Services that say which address a request came from; the first that answers counts.
readonly ADDRESS_SERVICES=(https://api.ipify.org https://checkip.amazonaws.com https://ifconfig.me/ip)
readonly ADDRESS_SECONDS=4

is_ipv4() {
    local part
    [[ $1 =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] || return 1
    for part in ${1//./ }; do [ "$part" -le 255 ] || return 1; done
}

public_ipv4() {
    local service found
    for service in "${ADDRESS_SERVICES[@]}"; do
        found=$(curl -4 -fsS --max-time "$ADDRESS_SECONDS" "$service" 2>/dev/null) || continue
        is_ipv4 "$found" || continue
        echo "$found"
        return
    done
    return 1
}

# local_ipv4: the address that this host would speak to others from. Sends nothing.
local_ipv4() {
    ip -4 route get 1.1.1.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p' | grep .
}

# preview_domain: of PUBLIC_IP if set, else of what the outside says, else of the local address.
# Names of sslip.io resolve to the address that is in them.
preview_domain() {
    local address=${PUBLIC_IP:-}
    if [ -n "$address" ]; then
        is_ipv4 "$address" || die "PUBLIC_IP: $address is no IPv4 address"
    elif address=$(public_ipv4); then
        :
    elif address=$(local_ipv4); then
        say "the internet doesn't answer: previews get names with the address $address. Set PUBLIC_IP or PREVIEW_DOMAIN for others"
    else
        say "this host has no address but its own: previews get names of localhost. Set PUBLIC_IP or PREVIEW_DOMAIN for others"
        echo localhost
        return
    fi
    echo "${address//./-}.sslip.io"
}
