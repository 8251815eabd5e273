# shellcheck shell=bash
# What an installation has on the Docker engine, found by its labels. Needs say.sh.

# remove_engine_leftovers <network> <image too>: containers, volumes and the network of the
# installation that has that network; nothing of another.
remove_engine_leftovers() {
    local owner label
    if ! timeout 20 docker version >/dev/null 2>&1; then
        say "no Docker engine answers: containers and networks that are left there stay"
        return 0
    fi
    owner=$(docker network inspect -f '{{index .Labels "sandboxd.node"}}' "$1" 2>/dev/null) || owner=
    if [ -n "$owner" ]; then
        label=label=sandboxd.node=$owner
        docker ps -aq --filter "$label" | xargs -r docker rm -f >/dev/null
        docker volume ls -q --filter "$label" | xargs -r docker volume rm >/dev/null
        docker network rm "$1" >/dev/null
    fi
    if [ "$2" = true ]; then
        # One that another installation uses stays.
        docker images --filter reference=sandboxd-base --format '{{.Repository}}:{{.Tag}}' |
            xargs -r -n 1 docker rmi >/dev/null 2>&1 || true
    fi
}
