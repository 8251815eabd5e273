# shellcheck shell=bash
# sandboxd's own processes: started, watched, started again if one dies, stopped. Needs say.sh and
# host_engine.sh.

readonly READY_TENTHS=600 STOP_TENTHS=200
declare -A service_command=() service_pid=()

# start_service <name> <command>...: its output goes to a log of its own.
start_service() {
    local name=$1
    shift
    service_command[$name]=$*
    # Of its own process group, so that Ctrl-C reaches it only through stop_all.
    setsid "$@" >>"$SANDBOXD_DATA_DIR/logs/$name.log" 2>&1 </dev/null 8>&- &
    service_pid[$name]=$!
}

start_services() {
    local count=$1 number
    start_service api target/release/sandboxd-api serve
    start_service gateway target/release/sandboxd-api gateway
    for number in $(seq "$count"); do
        start_service "worker-$number" target/release/sandboxd-worker
    done
    local left=$READY_TENTHS
    until curl -fsS -o /dev/null "http://$SANDBOXD_API_BIND/readyz" 2>/dev/null; do
        left=$((left - 1))
        for number in "${!service_pid[@]}"; do
            kill -0 "${service_pid[$number]}" 2>/dev/null || {
                tail -n 5 "$SANDBOXD_DATA_DIR/logs/$number.log" >&2
                die "$number ended; its log is $SANDBOXD_DATA_DIR/logs/$number.log"
            }
        done
        [ "$left" -gt 0 ] ||
            die "not ready: $(curl -sS "http://$SANDBOXD_API_BIND/readyz" 2>&1); logs are in $SANDBOXD_DATA_DIR/logs"
        sleep 0.1
    done
}

# Starts again what dies, until the script is told to end.
watch_services() {
    local name
    while true; do
        for name in "${!service_pid[@]}"; do
            kill -0 "${service_pid[$name]}" 2>/dev/null && continue
            say "$name ended and is started again; its log is $SANDBOXD_DATA_DIR/logs/$name.log"
            # shellcheck disable=SC2086  # a command with its arguments
            start_service "$name" ${service_command[$name]}
        done
        sleep 1 &
        wait $! || true
    done
}

print_addresses() {
    local token=$SANDBOXD_DATA_DIR/token
    echo
    echo "  Console   http://$SANDBOXD_API_BIND"
    echo "  API       http://$SANDBOXD_API_BIND/docs"
    echo "  Previews  http://s-<sandbox>-<port>.preview.${PREVIEW_DOMAIN:-localhost}:$HTTP_PORT"
    if [ -f "$token" ]; then
        echo "  Token     $(cat "$token")"
    else
        echo "  Token     as set in SANDBOXD_API_TOKENS"
    fi
    echo "  Try       scripts/demo"
    echo
}

# api <method> <path>: a request with the installation's own token.
api() {
    curl -fsS -X "$1" -H "Authorization: Bearer $(cat "$SANDBOXD_DATA_DIR/token" 2>/dev/null)" \
        -H "Prefer: wait=30" "http://$SANDBOXD_API_BIND$2"
}

# An engine that goes takes its containers along: they are stopped first, with their workspaces
# sealed, and wake when they are visited. A user's own engine keeps them running.
stop_sandboxes() {
    [ -n "$host_engine_pid" ] && [ -f "$SANDBOXD_DATA_DIR/token" ] || return 0
    local id
    for id in $(docker ps --filter label=sandboxd.managed=true --format '{{.Label "sandboxd.sandbox"}}'); do
        api POST "/v1/sandboxes/$id/stop" >/dev/null 2>&1 || true
    done
}

stop_all() {
    trap - INT TERM
    say "stopping"
    stop_sandboxes
    local name
    for name in "${!service_pid[@]}"; do
        kill -TERM "${service_pid[$name]}" 2>/dev/null || true
    done
    local left=$STOP_TENTHS
    for name in "${!service_pid[@]}"; do
        while kill -0 "${service_pid[$name]}" 2>/dev/null; do
            left=$((left - 1))
            [ "$left" -gt 0 ] || {
                say "$name doesn't end and is killed"
                kill -KILL "${service_pid[$name]}" 2>/dev/null || true
                break
            }
            sleep 0.1
        done
    done
    stop_host_engine
}
