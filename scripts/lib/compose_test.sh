# shellcheck shell=bash
# The steps of scripts/compose-test. Needs say.sh and compose.sh; `compose` is the command, `data` and
# `scratch` folders of the test, `ENGINE` the engine's folder, `NETNS` its network namespace, `VERSION`
# the images' tag.
# shellcheck disable=SC2154  # those are the caller's

readonly API=127.0.0.1:19190 EDGE=18180
readonly URL=http://$API SANDBOXES=6
# How long an operation may take whose worker or API was killed.
readonly END_SECONDS=60

# What differs from a user's .env: places beside whatever else runs on the engine.
settings() {
    cat <<ENV
SANDBOXD_BINARIES=prebuilt
SANDBOXD_DATA_DIR=$data
SANDBOXD_DOCKER_SOCKET=$ENGINE/docker.sock
SANDBOXD_API_BIND=$API
SANDBOXD_EDGE_ADDRESS=127.0.0.1
HTTP_PORT=$EDGE
SANDBOXD_METRICS_BIND=off
SANDBOXD_NETWORK=sbxd-$$
SANDBOXD_SUBNET=10.247.0.0/24
ENV
}

inside_engine() { nsenter --net="/run/netns/$NETNS" -- "$@"; }

# wait_for <seconds> <command>...
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || die "not in time: $*"$'\n'"$(state)"
        sleep 0.3
    done
}

build_images() {
    local bases
    scripts/prebuilt target/debug target/static/x86_64-unknown-linux-gnu/release/sandbox-init
    bases=$(scripts/bases runtime)
    eval "$bases"
    use_buildkit
    for image in api worker; do
        docker build --quiet --file deploy/Dockerfile --target "$image" --tag "sandboxd-$image:$VERSION" \
            --build-arg BINARIES=prebuilt ${SANDBOXD_RUNTIME_BASE:+--build-arg RUNTIME_BASE="$SANDBOXD_RUNTIME_BASE"} \
            . >"$scratch/build.log" 2>&1 || die "$(tail -n 20 "$scratch/build.log")"
    done
    # The engine stays between runs; what older ones have built needn't.
    docker image prune --force >/dev/null
    docker builder prune --force --keep-storage 1gb >/dev/null
}

# containers: the names of those that are to stay.
containers() {
    docker ps --all --filter "label=com.docker.compose.project=sbxd-$$" --format '{{.Names}}' |
        grep -v -E 'prepare|sandbox[-_]1$' | sort
}

# healthy <count>: so many containers run and say so.
healthy() {
    [ "$(docker ps --filter "label=com.docker.compose.project=sbxd-$$" --filter health=healthy --quiet | wc -l)" = "$1" ]
}

state() {
    docker ps --all --filter "label=com.docker.compose.project=sbxd-$$" --format '{{.Names}} {{.Status}}'
    "${compose[@]}" logs --tail 15 2>&1 || true
}

# check_settings <Compose 2>: every setting that a program takes is passed on to it.
check_settings() {
    local service wanted given missing
    # Of the image, or of tests.
    local -r others='SANDBOXD_INIT_BINARY|SANDBOXD_FAILPOINTS|SANDBOXD_FAILPOINTS_DIR'
    "$1" --env-file "$scratch/env" config --format json >"$scratch/config.json"
    for service in "api sandboxd-api serve" "gateway sandboxd-api gateway" "worker sandboxd-worker"; do
        read -ra service <<<"$service"
        wanted=$(docker run --rm --network none "${service[1]}:$VERSION" "${service[@]:2}" --help |
            grep -o '\[env: [A-Z_]*' | cut -c7- | grep -v -x -E "$others" | sort -u)
        given=$(jq -r ".services.${service[0]}.environment | keys[]" "$scratch/config.json" | sort)
        missing=$(comm -23 <(echo "$wanted") <(echo "$given"))
        [ -n "$wanted" ] || die "${service[1]} tells no settings"
        [ -z "$missing" ] || die "compose.yaml doesn't pass on to ${service[0]}: $missing"
    done
}

# Only workers are root, and only they have the engine's socket. What all use is open to the others.
check_users() {
    local container user sockets
    for container in $(containers); do
        user=$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of "$container")/status")
        sockets=$(docker inspect -f '{{range .Mounts}}{{.Destination}} {{end}}' "$container" | grep -c docker.sock || true)
        case $container in
        *worker*) [ "$user $sockets" = "0 1" ] ;;
        *) [ "$user $sockets" = "10001 0" ] ;;
        esac || die "$container runs as $user with $sockets sockets of the engine"
    done
    user=$(find "$data"/sandboxd.* "$data/secrets.key" "$data/run/bells" "$data/run/node" ! -uid 10001)
    [ -z "$user" ] || die "API and gateway can't use $user"
}

pid_of() { docker inspect -f '{{.State.Pid}}' "$1"; }

# api <method> <path> [<json>]: the answer's body. A request whose answer was lost is sent again, and by
# its key done once.
api() {
    inside_engine curl -fsS --max-time 65 --retry 60 --retry-delay 1 --retry-connrefused --retry-all-errors \
        -X "$1" -H "Authorization: Bearer $token" -H "Idempotency-Key: $(uuid)" \
        -H 'Content-Type: application/json' "$URL$2" ${3:+-d "$3"} 2>>"$scratch/curl.log"
}

uuid() { cat /proc/sys/kernel/random/uuid; }

# ended <operation>: waits for it, which must succeed.
ended() {
    local until=$((SECONDS + END_SECONDS)) found
    while true; do
        found=$(api GET "/v1/operations/$1?wait=10s")
        case $(jq -r .status <<<"$found") in
        succeeded) return ;;
        queued | running) [ "$SECONDS" -lt "$until" ] || die "still under way: $found" ;;
        *) die "an operation failed: $found" ;;
        esac
    done
}

all_ended() {
    local operation
    for operation in "${begun[@]}"; do ended "$operation"; done
}

make_sandboxes() {
    local app
    sandboxes=() begun=()
    for _ in $(seq "$SANDBOXES"); do
        app=$(api POST /v1/apps '{"name":"Killed"}' | jq -r .id)
        begun+=("$(api POST "/v1/apps/$app/sandbox" '{"template":"static"}' | jq -r .id)")
    done
    all_ended
    mapfile -t sandboxes < <(api GET '/v1/sandboxes?limit=200' | jq -r '.sandboxes[].id')
    [ ${#sandboxes[@]} = "$SANDBOXES" ] || die "the demo left sandboxes behind: ${sandboxes[*]}"
}

file() { api "$1" "/v1/sandboxes/$2/files/content?path=note.txt" "${@:3}"; }

# files_work <sandbox>: through the API to a worker, of a running sandbox and of a stopped one.
files_work() {
    file PUT "$1" running >/dev/null
    ended "$(api POST "/v1/sandboxes/$1/stop" | jq -r .id)"
    [ "$(file GET "$1")" = running ] || die "a file of a stopped sandbox isn't what it was"
    file PUT "$1" stopped >/dev/null
    ended "$(api POST "/v1/sandboxes/$1/start" | jq -r .id)"
    [ "$(file GET "$1")" = stopped ] || die "a file that was changed while its sandbox slept is lost"
}

doctor() {
    docker exec "$(containers | grep api)" sandboxd-api admin doctor >"$scratch/doctor.log" 2>&1 ||
        die "the doctor found: $(cat "$scratch/doctor.log")"
}

# begin <start|stop>: of all sandboxes, without waiting.
begin() {
    local sandbox
    begun=()
    for sandbox in "${sandboxes[@]}"; do
        begun+=("$(api POST "/v1/sandboxes/$sandbox/$1" | jq -r .id)")
    done
}

previews_answer() {
    local sandbox
    for sandbox in "${sandboxes[@]}"; do
        inside_engine curl -fsS -o /dev/null --max-time 30 \
            "http://s-${sandbox,,}-3000.preview.localhost:$EDGE/" || return 1
    done
}

# survive <container>: its process gets SIGKILL while sandboxes stop, and again while they start. Not
# by docker kill: after that the engine starts nothing again, whatever the restart policy.
survive() {
    local what begun
    say "killing $1"
    for what in stop start; do
        begin "$what"
        kill -KILL "$(pid_of "$1")"
        all_ended
        wait_for 60 healthy 5
    done
    wait_for 60 previews_answer
}

# Whatever happened: nothing of ours is left on the engine, in the host's rules or on the disk.
tidy() {
    local status=$? left
    set +e
    if [ -n "${DOCKER_HOST:-}" ] && [ -f "$scratch/env" ]; then
        [ "$status" = 0 ] || state >&2
        "${compose[@]}" stop --timeout 10 >/dev/null 2>&1
        left=$(docker ps --all --quiet --filter "label=sandboxd.managed=true" --filter "network=sbxd-$$")
        # shellcheck disable=SC2086  # a list
        [ -z "$left" ] || docker rm --force $left >/dev/null
        "${compose[@]}" run --rm --no-deps worker --remove-firewall >/dev/null 2>&1
        "${compose[@]}" down --volumes --timeout 5 >/dev/null 2>&1
        docker ps --all --quiet --filter "label=com.docker.compose.project=sbxd-$$" | xargs -r docker rm --force >/dev/null
        docker network rm "sbxd-$$" >/dev/null 2>&1
        docker volume ls --quiet --filter label=sandboxd.managed=true | xargs -r docker volume rm >/dev/null 2>&1
        [ -n "${keep_engine:-}" ] || scripts/engine down "$ENGINE"
    fi
    rm -rf --one-file-system "$data" "$scratch"
}
