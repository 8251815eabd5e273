/** Made by generate.mjs from docs/openapi.yaml; not to be changed by hand. */

export interface paths {
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows this document to people
         * @description One page, whole in itself: it asks for nothing else and runs no script.
         */
        get: operations["get_docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that the process answers */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives this document */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says whether work can be done
         * @description The database and the engines must answer, a worker must have been heard of in the last 15 s, and
         *     the firewalls must be in place.
         */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists agents
         * @description With `app_id` or `sandbox_id`, whether each is ready to work there, and what is missing.
         */
        get: operations["list_agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists apps, newest first */
        get: operations["list_apps"];
        put?: never;
        /** Creates an app */
        post: operations["create_app"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gets an app */
        get: operations["get_app"];
        put?: never;
        post?: never;
        /**
         * Deletes an app
         * @description Its sandbox goes too; its snapshots stay unless the request says otherwise. A task that is under way is
         *     in the way, unless `force` cancels it.
         */
        delete: operations["delete_app"];
        options?: never;
        head?: never;
        /** Changes an app */
        patch: operations["update_app"];
        trace?: never;
    };
    "/v1/apps/{id}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adopts the workspace of a fork
         * @description The fork's workspace, as it is now, replaces the app's, as a restore does: the sandbox keeps its
         *     id, URL, settings and config, and what is replaced is kept as a `safety` snapshot. The fork itself
         *     stays; the others of its exploration go.
         */
        post: operations["adopt_app"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists an app's config, by key
         * @description All of it: an app has at most 200 entries. Sensitive values are left out.
         */
        get: operations["list_config"];
        put?: never;
        /**
         * Adds an entry to an app's config
         * @description `HOME`, `HOST`, `PATH`, `PORT` and keys that begin with `SANDBOXD_` can only be
         *     `control_plane_only`. All values of an app together have at most 512 KiB as JSON text.
         */
        post: operations["create_config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/config/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes an entry from an app's config */
        delete: operations["delete_config"];
        options?: never;
        head?: never;
        /**
         * Changes an entry of an app's config
         * @description Running dev servers that get the value are started again with it.
         */
        patch: operations["update_config"];
        trace?: never;
    };
    "/v1/apps/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists or streams an app's timeline
         * @description As `GET /v1/events`, for one app.
         */
        get: operations["list_app_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/explore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explores several answers to a prompt
         * @description Best of N: forks `count` children from a snapshot and runs the same task in each. The operation
         *     ends when all their tasks have, each in its way, and its result has each child with its task;
         *     adopt the best. Cancelling it takes the children away.
         */
        post: operations["explore_app"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/fork": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forks an app from a snapshot
         * @description Makes `count` new apps, all or none, each with a sandbox over the snapshot's workspace. The source
         *     stays as it is.
         */
        post: operations["fork_app"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restores a snapshot into an app
         * @description The sandbox keeps its id, URL, settings and config; only its workspace becomes the snapshot's. Unless
         *     told not to, it first captures what it replaces as a `safety` snapshot. One that was running runs
         *     again. An app without a sandbox gets one. A task that is under way is in the way, unless `force` cancels
         *     it.
         */
        post: operations["restore_app"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/sandbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Creates an app's sandbox
         * @description 409 if the app has one; one that could not be made (`error`) is replaced.
         */
        post: operations["create_app_sandbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists an app's snapshots, newest first
         * @description Each names its parent, which makes them a tree.
         */
        get: operations["list_app_snapshots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists an app's tasks, newest first
         * @description Those of all sandboxes that it has had. Where their texts are long, a page has fewer than its limit.
         */
        get: operations["list_app_tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apps/{id}/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gets a task of an app
         * @description In whichever of its sandboxes that was.
         */
        get: operations["get_app_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who did what, newest first
         * @description Every request of the tenant that may have changed something, what was refused included, and what
         *     an operator did to the tenant. Entries of refusals are there a moment after the answer.
         */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists or streams the tenant's timeline
         * @description A page is newest first; with `after`, oldest first. With `Accept: text/event-stream` it is a live
         *     stream: each event's `id:` is its id, `event:` its type and `data:` the event as JSON, with a comment
         *     every 15 s. `Last-Event-ID` or `after` resumes it without gap or repeat. Where retention has taken
         *     away what came after, a page has `pruned_through`, and a stream begins with an event `gap`.
         */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists operations, newest first
         * @description Where the texts of tasks are long, a page has fewer than its limit.
         */
        get: operations["list_operations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gets an operation
         * @description With `wait`, as soon as it has finished.
         */
        get: operations["get_operation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/operations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels an operation
         * @description A queued one ends at once, a running one within a second: what it had half done is undone or
         *     finished.
         */
        post: operations["cancel_operation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists queues
         * @description Of all nodes and tenants together: depth, age of what waits longest, and what ended in the last
         *     minute.
         */
        get: operations["list_queues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quotas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the tenant's quotas
         * @description Each with its limit and what is used of it.
         */
        get: operations["get_quotas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists sandboxes, newest first */
        get: operations["list_sandboxes"];
        put?: never;
        /**
         * Creates a project's sandbox
         * @description For callers that keep projects of their own: makes an app for the project and its sandbox. A project
         *     that has a sandbox gets that one.
         */
        post: operations["create_sandbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gets a sandbox
         * @description As its row has it; nothing is dialled.
         */
        get: operations["get_sandbox"];
        put?: never;
        post?: never;
        /**
         * Deletes a sandbox
         * @description Its snapshots stay, and what its tasks did. A task that is under way is in the way, unless `force`
         *     cancels it.
         */
        delete: operations["delete_sandbox"];
        options?: never;
        head?: never;
        /** Changes a sandbox */
        patch: operations["update_sandbox"];
        trace?: never;
    };
    "/v1/sandboxes/{id}/exec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs a program
         * @description In a sandbox that runs. The answer comes when it has ended, with up to 1 MiB of what it said on each
         *     stream. With `Accept: text/event-stream` or `application/x-ndjson` what it says comes as it says it: events
         *     or lines of the types `stdout` and `stderr` with a `text`, and at the end `exit`, or `error` if the end
         *     isn't known. A client that hangs up ends it. An answer that is repeated for an `Idempotency-Key` has up
         *     to 32 KiB of each stream; a stream can't be repeated and takes no key.
         */
        post: operations["exec_command"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Downloads all files
         * @description The app folder as a zip with modes and links, of a sandbox that runs or is stopped; at most 200,000
         *     entries and 2 GiB. One that breaks off isn't whole.
         */
        get: operations["export_files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists files
         * @description At most 10,000, of a sandbox that runs or is stopped. Links are shown and not followed.
         */
        get: operations["list_files"];
        put?: never;
        post?: never;
        /**
         * Deletes a file
         * @description Or a folder, which must be empty unless `recursive` is given. A link is deleted itself.
         */
        delete: operations["delete_files"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/files/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Downloads a file
         * @description The bytes of a regular file, of a sandbox that runs or is stopped.
         */
        get: operations["read_file"];
        /**
         * Uploads a file
         * @description Of at most 25 MiB, into a sandbox that runs or is stopped. The old bytes are there until all of the new
         *     ones are; a link in the file's place is replaced itself.
         */
        put: operations["write_file"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the dev server's log
         * @description What dev server and installation print, of a sandbox that runs. With `follow` it goes on until the client
         *     hangs up; with `Accept: text/event-stream` as events `log` whose `data:` has a `text`.
         */
        get: operations["read_logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/preview-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a link to a private preview
         * @description The token is in this answer only. A sandbox has at most 100 that open something: one more is
         *     `quota_exceeded`.
         */
        post: operations["create_preview_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/preview-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists a sandbox's links to private previews, newest first
         * @description Without the tokens themselves. Those that were revoked or have expired are listed for another
         *     day.
         */
        get: operations["list_preview_tokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/preview-tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes a link to a private preview
         * @description What it has opened ends within about a second. One that was revoked before may be revoked again.
         */
        delete: operations["revoke_preview_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts a sandbox
         * @description Also heals: a container that is gone or stale is made again over the same workspace. A start that is
         *     under way is joined.
         */
        post: operations["start_sandbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stops a sandbox
         * @description Its workspace stays. A stop that is under way is joined. A task that is under way is in the way, unless
         *     `force` cancels it.
         */
        post: operations["stop_sandbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists a sandbox's tasks, newest first
         * @description Also after the sandbox is gone. Where their texts are long, a page has fewer than its limit.
         */
        get: operations["list_tasks"];
        put?: never;
        /**
         * Runs a task
         * @description Hands the prompt to an agent that works in the sandbox, which is woken first. Its result is at
         *     `GET /v1/sandboxes/{id}/tasks/{task_id}`, by the `task_id` of the answer; what it says can be followed. A
         *     sandbox has one task at a time.
         */
        post: operations["run_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gets a task
         * @description What became of it so far; also after its sandbox is gone.
         */
        get: operations["get_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/tasks/{task_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels a task
         * @description A queued one ends at once; of a running one the agent is ended within seconds. What it has changed stays:
         *     restore the checkpoint from before to undo it. The answer is the task's operation.
         */
        post: operations["cancel_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/tasks/{task_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follows what a task's agent says
         * @description A live stream, which ends after `done`: each piece's `id:` is its `seq`, `event:` its type (`status`,
         *     `message`, `tool`, `build`, `done`) and `data:` the piece as JSON, with a comment every 15 s.
         *     `Last-Event-ID` or `after` resumes it without gap or repeat, also when the task has ended and when the
         *     sandbox is gone; one that has had all of it is answered 204, which ends a browser's `EventSource`. With
         *     `Accept: application/json` it is a page of what there is, oldest first.
         */
        get: operations["follow_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sandboxes/{id}/terminal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Opens a terminal
         * @description A shell in a sandbox that runs, as a WebSocket. Binary messages are what is typed and what is shown; a
         *     text message is `{"type":"resize","cols":80,"rows":24}`. When the shell ends, the reason of the close
         *     is `{"exit_code":0,"signal":null}`; a client that goes ends the shell.
         */
        get: operations["open_terminal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells who is asking */
        get: operations["get_session"];
        put?: never;
        /**
         * Signs a browser in
         * @description A token becomes a cookie that scripts can't read. It lasts 12 hours from its last use, 7 days at
         *     most, and no longer than its token. An `Idempotency-Key` changes nothing: such an answer isn't
         *     kept.
         */
        post: operations["create_session"];
        /**
         * Signs out
         * @description The cookie is worth nothing any more, and the streams that it opened end. A caller without one has
         *     nothing to end.
         */
        delete: operations["delete_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists snapshots, newest first */
        get: operations["list_snapshots"];
        put?: never;
        /**
         * Captures a sandbox's workspace
         * @description A running sandbox is 409 unless `live`.
         */
        post: operations["capture_snapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gets a snapshot */
        get: operations["get_snapshot"];
        put?: never;
        post?: never;
        /**
         * Deletes a snapshot
         * @description Its layers go once nothing stands on them.
         */
        delete: operations["delete_snapshot"];
        options?: never;
        head?: never;
        /** Renames a snapshot */
        patch: operations["rename_snapshot"];
        trace?: never;
    };
    "/v1/snapshots/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compares two snapshots
         * @description What the snapshot has compared with `against`: files and links of the app folder that were added,
         *     changed or removed. Owners, times, folders, FIFOs and sockets don't count. Files of the same size
         *     are compared by content, 256 MiB in all; further ones count as changed if they were written at
         *     another time.
         */
        get: operations["diff_snapshots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/files/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Downloads a file of a snapshot
         * @description The bytes of a regular file as they were when the snapshot was captured.
         */
        get: operations["read_snapshot_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists or streams a task's timeline
         * @description As `GET /v1/events`, for one task, whether its sandbox is there or gone. What its agent says is at
         *     `GET /v1/sandboxes/{id}/tasks/{task_id}/events`.
         */
        get: operations["list_task_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists webhooks, newest first */
        get: operations["list_webhooks"];
        put?: never;
        /**
         * Makes a webhook
         * @description The answer has the secret that messages are signed with (Standard Webhooks); it is never shown
         *     again. A replayed answer doesn't have it. A tenant has at most 20 webhooks; one more answers 429
         *     `quota_exceeded`.
         */
        post: operations["create_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives a webhook, without its secret */
        get: operations["get_webhook"];
        put?: never;
        post?: never;
        /**
         * Deletes a webhook
         * @description What waits to be sent goes with it.
         */
        delete: operations["delete_webhook"];
        options?: never;
        head?: never;
        /**
         * Changes a webhook
         * @description Disabling cancels what waits to be sent; enabling forgives what failed before.
         */
        patch: operations["update_webhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what a webhook was and is to be sent, newest first */
        get: operations["list_webhook_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives a delivery */
        get: operations["get_webhook_delivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a message once more
         * @description As a delivery of its own. Its `webhook-id` is the same: receivers that have had it know it.
         */
        post: operations["redeliver_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a webhook a new secret
         * @description It is never shown again. For 24 hours messages are signed with the secret of before, too.
         */
        post: operations["rotate_webhook_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a webhook a message of type `webhook.test`
         * @description It is tried once. Its delivery says how that went.
         */
        post: operations["test_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists workers
         * @description With the operations of the tenant that they run, and the nodes they work for.
         */
        get: operations["list_workers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description Who gets a value as environment.
         * @enum {string}
         */
        AccessPolicy: "control_plane_only" | "agent_access" | "runtime_access" | "both";
        /**
         * @description What is adopted.
         * @example {
         *       "from_app_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
         *     }
         */
        AdoptApp: {
            /**
             * @description Whether the children that the same exploration made beside it are deleted, with their
             *     snapshots; true if not said.
             */
            delete_others?: boolean | null;
            /** @description A fork of this app. */
            from_app_id: components["schemas"]["AppId"];
        };
        /**
         * @description What works on a prompt.
         * @enum {string}
         */
        Agent: "opencode" | "claude-code" | "codex" | "gemini" | "command";
        /**
         * @description An agent.
         * @example {
         *       "agent": "claude-code",
         *       "installed": true,
         *       "missing": [
         *         "config: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN"
         *       ],
         *       "name": "Claude Code",
         *       "needs": {
         *         "config_any_of": [
         *           "ANTHROPIC_API_KEY",
         *           "ANTHROPIC_AUTH_TOKEN"
         *         ]
         *       },
         *       "program": "claude",
         *       "ready": false
         *     }
         */
        AgentInfo: {
            agent: components["schemas"]["Agent"];
            /** @description Whether the image has it; null while that isn't known. */
            installed: boolean | null;
            /** @description What stands in the way of that, for a person. */
            missing?: string[];
            name: string;
            needs: components["schemas"]["AgentNeeds"];
            /** @description What the image has to have; null where the request names it. */
            program: string | null;
            /** @description Whether it can work in the app that was asked about. */
            ready?: boolean;
        };
        /** @description All agents. */
        AgentList: {
            agents: components["schemas"]["AgentInfo"][];
        };
        /** @description What an agent needs. */
        AgentNeeds: {
            /** @description One of these keys of the app's config, with access for agents; none where there are none. */
            config_any_of: string[];
        };
        /**
         * @description An app, as the API shows it.
         * @example {
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "current_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "description": "Sells tea.",
         *       "egress": {
         *         "allow": [],
         *         "policy": "open"
         *       },
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "name": "Shop",
         *       "tags": [
         *         "demo"
         *       ],
         *       "updated_at": "2026-01-31T12:00:00.000Z"
         *     }
         */
        App: {
            /** @description The `app.delete` under way. */
            active_operation_id?: components["schemas"]["OperationId"];
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            current_sandbox_id: components["schemas"]["SandboxId"] | null;
            /** @description A longer text. */
            description: string | null;
            /** @description What its sandbox may reach on the network. */
            egress: components["schemas"]["Egress"];
            /** @description The id of a project in the caller's own system. */
            external_project_id?: string;
            /** @description The id of a user in the caller's own system. */
            external_user_id?: string;
            /** @description Set on a fork. */
            forked_from?: components["schemas"]["ForkedFrom"];
            /** @description Its id. */
            id: components["schemas"]["AppId"];
            /** @description Its name. */
            name: string;
            /** @description Tags to search by. */
            tags: string[];
            /** @description When its own fields last changed. */
            updated_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description An app: what a tenant owns.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        AppId: string;
        /** @description A page of apps. */
        AppList: {
            apps: components["schemas"]["App"][];
            next_before?: components["schemas"]["AppId"];
        };
        /**
         * @description A row of the audit log, as the API shows it.
         * @example {
         *       "action": "delete_app",
         *       "actor": "token:ci",
         *       "created_at": "2026-11-24T08:30:00.000Z",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7WA",
         *       "method": "DELETE",
         *       "peer": "127.0.0.1",
         *       "request_id": "01JD4X8QK3M5N7P9R1S3T5V7WB",
         *       "route": "/v1/apps/{id}",
         *       "status": 202,
         *       "targets": {
         *         "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
         *       }
         *     }
         */
        AuditEntry: {
            /** @description What was done: the operationId of the route. */
            action: string;
            /**
             * @description Who did it: `token:<label>`, `session:<label>`, `anybody` while auth is off, `preview` for a
             *     visitor's wake, or `admin`.
             */
            actor: string;
            /** @description When. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["AuditId"];
            /** @description The method of the request; empty where there was none. */
            method: string;
            /** @description The address that the request came from; a proxy's where there is one in front. */
            peer: string | null;
            /** @description The `X-Request-Id` of its answer. */
            request_id: string | null;
            /** @description The route's template. */
            route: string;
            /**
             * Format: int32
             * @description The answer's status; null if the client went away before, and where there was no request.
             */
            status: number | null;
            /** @description Ids of what it was done to, by kind. */
            targets: Record<string, unknown>;
        };
        /**
         * @description A row of the audit log.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        AuditId: string;
        /** @description A page of the audit log. */
        AuditList: {
            audit: components["schemas"]["AuditEntry"][];
            next_before?: components["schemas"]["AuditId"];
        };
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        CancelOperation: Record<string, never>;
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        CancelTask: Record<string, never>;
        /**
         * @description What is captured.
         * @example {
         *       "live": true,
         *       "name": "before the redesign",
         *       "source_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
         *     }
         */
        CaptureSnapshot: {
            /** @description Whether a running sandbox may be captured as it runs; false if not said. */
            live?: boolean | null;
            name: components["schemas"]["Name"];
            source_sandbox_id: components["schemas"]["SandboxId"];
        };
        /**
         * @description A condition of being ready.
         * @example {
         *       "name": "database",
         *       "ok": true
         *     }
         */
        Check: {
            /** @example database */
            name: string;
            ok: boolean;
            /** @description Why it doesn't hold. */
            reason?: string;
            /** @description What an operator should know though it doesn't fail. */
            warning?: string;
        };
        /** @description An entry of an app's config. */
        ConfigEntry: {
            access_policy: components["schemas"]["AccessPolicy"];
            created_at: components["schemas"]["Timestamp"];
            key: components["schemas"]["ConfigKey"];
            /** @description Whether the value is never shown again. */
            sensitive: boolean;
            updated_at: components["schemas"]["Timestamp"];
            /** @description Left out if it is sensitive. */
            value?: string;
        };
        /**
         * @description The name of a value
         * @example API_KEY
         */
        ConfigKey: string;
        /** @description All entries of an app. */
        ConfigList: {
            config: components["schemas"]["ConfigEntry"][];
        };
        /**
         * @description A value: up to 65,536 bytes, without NUL
         * @example postgres://db.internal/shop
         */
        ConfigValue: string;
        /**
         * @description What a new app is like.
         * @example {
         *       "name": "Shop",
         *       "tags": [
         *         "demo"
         *       ]
         *     }
         */
        CreateApp: {
            description?: components["schemas"]["Description"] | null;
            egress?: components["schemas"]["Egress"] | null;
            external_project_id?: components["schemas"]["ExternalId"] | null;
            external_user_id?: components["schemas"]["ExternalId"] | null;
            name: components["schemas"]["Name"];
            tags?: components["schemas"]["Tags"] | null;
        };
        /**
         * @description What the new sandbox is like.
         * @example {
         *       "limits": {
         *         "cpus": 1.5,
         *         "memory": "1g"
         *       },
         *       "ports": [
         *         3000
         *       ],
         *       "template": "react-standard"
         *     }
         */
        CreateAppSandbox: {
            idle_policy?: components["schemas"]["IdlePolicy"] | null;
            limits?: components["schemas"]["LimitsChange"] | null;
            ports?: components["schemas"]["Ports"] | null;
            template?: components["schemas"]["Template"] | null;
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /**
         * @description A new entry.
         * @example {
         *       "access_policy": "runtime_access",
         *       "key": "API_KEY",
         *       "sensitive": true,
         *       "value": "a secret"
         *     }
         */
        CreateConfig: {
            /** @description `control_plane_only` if not said: it reaches nobody. */
            access_policy?: components["schemas"]["AccessPolicy"];
            key: components["schemas"]["ConfigKey"];
            /** @description Whether the value is never shown again; `false` if not said. */
            sensitive?: boolean;
            value: components["schemas"]["ConfigValue"];
        };
        /**
         * @description What a new link opens.
         * @example {
         *       "expires_in": "1h",
         *       "path": "/admin",
         *       "port": 3000
         *     }
         */
        CreatePreviewToken: {
            /** @description A duration such as "1h", at most "30d". */
            expires_in?: string | null;
            /** @description Where in the app the link leads to. */
            path?: string | null;
            /**
             * Format: int32
             * @description One of the sandbox's ports; all if absent.
             */
            port?: number | null;
        };
        /**
         * @description Whose sandbox it is, and what it is like.
         * @example {
         *       "project": {
         *         "id": "shop",
         *         "user_id": "user-42"
         *       },
         *       "template": "static"
         *     }
         */
        CreateSandbox: {
            from_snapshot?: components["schemas"]["SnapshotId"] | null;
            ports?: components["schemas"]["Ports"] | null;
            project: components["schemas"]["ProjectIds"];
            template?: components["schemas"]["Template"] | null;
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /**
         * @description Who signs in.
         * @example {
         *       "token": "sbx_3f1c"
         *     }
         */
        CreateSession: {
            token: string;
        };
        /**
         * @description What a new webhook is like.
         * @example {
         *       "events": [
         *         "sandbox.*",
         *         "app.created"
         *       ],
         *       "url": "https://hooks.example.com/sandboxd"
         *     }
         */
        CreateWebhook: {
            app_id?: components["schemas"]["AppId"] | null;
            description?: components["schemas"]["Description"] | null;
            events?: components["schemas"]["EventPatterns"] | null;
            url: components["schemas"]["WebhookUrl"];
        };
        /**
         * @description One message to one webhook, with all its attempts.
         * @example {
         *       "attempted_at": "2026-01-31T12:00:01.000Z",
         *       "attempts": 1,
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "duration_ms": 48,
         *       "error": "the receiver answered 503",
         *       "event_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "message_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
         *       "next_attempt_at": "2026-01-31T12:00:06.000Z",
         *       "response_excerpt": "Back soon",
         *       "response_status": 503,
         *       "status": "pending",
         *       "type": "sandbox.started",
         *       "webhook_id": "01JD4X8QK3M5N7P9R1S3T5V7W8"
         *     }
         */
        Delivery: {
            /** @description When the last attempt ended. */
            attempted_at?: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Attempts begun.
             */
            attempts: number;
            /** @description When it was written. */
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description How long the last attempt took, in milliseconds.
             */
            duration_ms?: number;
            /** @description What went wrong at the last attempt. */
            error?: string;
            /** @description The event; none if it was sent to try the webhook. */
            event_id?: components["schemas"]["EventId"];
            /** @description When it came to its end. */
            finished_at?: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["DeliveryId"];
            /** @description The header `webhook-id` of all attempts. */
            message_id: string;
            /** @description When the next begins. */
            next_attempt_at?: components["schemas"]["Timestamp"];
            /** @description The beginning of the last answer's body, if it was no success. */
            response_excerpt?: string;
            /**
             * Format: int64
             * @description The status of the last answer.
             */
            response_status?: number;
            /** @description How far it is. */
            status: components["schemas"]["DeliveryStatus"];
            /** @description The event's type. */
            type: string;
            /** @description Its webhook. */
            webhook_id: components["schemas"]["WebhookId"];
        };
        /**
         * @description A message to a webhook.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        DeliveryId: string;
        /** @description A page of deliveries. */
        DeliveryList: {
            deliveries: components["schemas"]["Delivery"][];
            next_before?: components["schemas"]["DeliveryId"];
        };
        /**
         * @description How far a delivery is.
         * @enum {string}
         */
        DeliveryStatus: "pending" | "succeeded" | "failed" | "cancelled";
        /**
         * @description A description: up to 2,000 characters; line breaks are allowed.
         * @example Sells tea.
         */
        Description: string;
        /**
         * @description Why a webhook gets nothing.
         * @enum {string}
         */
        DisabledReason: "user" | "gone" | "failing";
        /**
         * @description How a node keeps workspaces.
         * @enum {string}
         */
        DriverKind: "overlay" | "copy";
        /**
         * @description What an app's sandboxes may reach.
         * @example {
         *       "allow": [
         *         "registry.npmjs.org:443"
         *       ],
         *       "policy": "allowlist"
         *     }
         */
        Egress: {
            /** @description What, if the policy is `allowlist`; else empty. */
            allow?: components["schemas"]["EgressRule"][];
            /** @description How much. */
            policy: components["schemas"]["EgressPolicy"];
        };
        /**
         * @description How much of the internet a sandbox reaches. The host, other sandboxes and private networks
         *     are out of reach in any case.
         * @enum {string}
         */
        EgressPolicy: "open" | "none" | "allowlist";
        /**
         * @description `host`, `host:port`, `cidr` or `cidr:port`; no wildcards, no IPv6
         * @example registry.npmjs.org:443
         * @example 192.0.2.0/24
         */
        EgressRule: string;
        /**
         * @description What a directory entry is.
         * @enum {string}
         */
        EntryKind: "file" | "directory" | "symlink" | "other";
        /** @description Why a request wasn't done. */
        ErrorAnswer: {
            error: components["schemas"]["HttpError"];
        };
        /** @description The public part of an error. Its message says what to do and never holds a cause's internals. */
        ErrorBody: {
            /** @description The stable code. */
            code: components["schemas"]["ErrorCode"];
            /** @description Flags, ids and states that a program may want. */
            details?: Record<string, unknown>;
            /** @description For a person. */
            message: string;
            /** @description Whether to try again. */
            retryable: boolean;
        };
        /**
         * @description What went wrong, as clients may rely on it.
         * @enum {string}
         */
        ErrorCode: "invalid_request" | "unauthorized" | "not_found" | "method_not_allowed" | "conflict" | "operation_in_progress" | "task_in_progress" | "idempotency_mismatch" | "rate_limited" | "quota_exceeded" | "sandbox_unavailable" | "capacity" | "internal";
        /**
         * @description A row of the timeline, as the API shows it.
         * @example {
         *       "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "attempt": 1,
         *       "created_at": "2026-01-31T12:00:04.000Z",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "message": "Sandbox started",
         *       "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
         *       "payload": {
         *         "reason": "api"
         *       },
         *       "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
         *       "severity": "info",
         *       "type": "sandbox.started"
         *     }
         */
        Event: {
            /** @description The app it is about. */
            app_id?: components["schemas"]["AppId"];
            /**
             * Format: int64
             * @description That operation's attempt.
             */
            attempt?: number;
            /** @description When it was committed. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Its id; grows in commit order. */
            id: components["schemas"]["EventId"];
            /** @description For a person. */
            message: string;
            /** @description The operation it is part of. */
            operation_id?: components["schemas"]["OperationId"];
            /** @description Flags, counts, ids and reasons. */
            payload: Record<string, unknown>;
            /** @description The sandbox it is about. */
            sandbox_id?: components["schemas"]["SandboxId"];
            /** @description How much it matters. */
            severity: components["schemas"]["Severity"];
            /** @description The snapshot it is about. */
            snapshot_id?: components["schemas"]["SnapshotId"];
            /** @description The task it is about. */
            task_id?: components["schemas"]["TaskId"];
            /** @description What happened. */
            type: string;
        };
        /**
         * @description A row of the timeline. Grows in commit order.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        EventId: string;
        /** @description A page of events. */
        EventList: {
            events: components["schemas"]["Event"][];
            next_before?: components["schemas"]["EventId"];
            /** @description Events up to this one are no longer there: what came `after` may be missing some. */
            pruned_through?: components["schemas"]["EventId"];
        };
        /**
         * @description Types of events such as `sandbox.started`, families such as `sandbox.*`, or `*`
         * @example [
         *       "sandbox.*",
         *       "app.created"
         *     ]
         */
        EventPatterns: string[];
        /**
         * @description A program to run, in the app folder unless `cwd` says.
         * @example {
         *       "cmd": "git status",
         *       "env": {
         *         "CI": "1"
         *       },
         *       "timeout": "10s"
         *     }
         */
        Exec: {
            cmd: components["schemas"]["ExecCommand"];
            /** @description A folder, from the app folder. */
            cwd?: string | null;
            /** @description Variables beside the usual ones. It doesn't get the app's config. */
            env?: {
                [key: string]: string;
            };
            /** @description A duration such as "30s", which it is if not given; at most "1h". */
            timeout?: string | null;
        };
        /** @description A line for the shell, or a program with its arguments. */
        ExecCommand: string | string[];
        /**
         * @description What a program said and how it ended, as clients see it.
         * @example {
         *       "duration_ms": 12,
         *       "exit_code": 0,
         *       "signal": null,
         *       "stderr": "",
         *       "stdout": "ok\n",
         *       "timed_out": false,
         *       "truncated": false
         *     }
         */
        ExecResult: {
            /** Format: int64 */
            duration_ms: number;
            /**
             * Format: int32
             * @description If it ended by itself.
             */
            exit_code: number | null;
            /**
             * Format: int32
             * @description The number of the signal that ended it.
             */
            signal: number | null;
            stderr: string;
            /** @description What isn't UTF-8 is replaced. */
            stdout: string;
            /** @description It ran out of time and was ended. */
            timed_out: boolean;
            /** @description It said more than is here. */
            truncated: boolean;
        };
        /**
         * @description What is tried.
         * @example {
         *       "count": 3,
         *       "prompt": "Make the landing page bolder"
         *     }
         */
        ExploreApp: {
            agent?: components["schemas"]["Agent"] | null;
            /** @description The program and its arguments, for agent `command`. */
            command?: string[] | null;
            /**
             * @description Whether they get the source's config, sensitive values too, which most agents need for their
             *     keys; true if not said.
             */
            copy_config?: boolean | null;
            /**
             * Format: int32
             * @description How many children.
             */
            count: number;
            model?: components["schemas"]["ModelName"] | null;
            prompt: components["schemas"]["Prompt"];
            snapshot_id?: components["schemas"]["SnapshotId"] | null;
            /** @description How long each agent may take, from "1s" to "24h"; 30 minutes if not said. */
            timeout?: string | null;
        };
        /**
         * @description An id in the caller's own system: 1–200 characters, no control characters, trimmed.
         * @example user-42
         */
        ExternalId: string;
        /**
         * @description Why a task did not succeed.
         * @enum {string}
         */
        FailureReason: "cancelled" | "agent_timeout" | "agent_error" | "sandbox_unavailable" | "internal";
        /** @description A file that isn't the same in two snapshots. */
        FileDiff: {
            /** @description The name isn't UTF-8: `path` shows it and doesn't lead to it. */
            lossy?: boolean;
            /** @description Permissions in octal, if they were changed. */
            mode?: string;
            /** @description The same in the snapshot compared with. */
            mode_before?: string;
            /** @description From the app folder. */
            path: string;
            /**
             * Format: int64
             * @description Bytes; of a link's target. Not given for what was removed.
             */
            size?: number;
            /**
             * Format: int64
             * @description The same in the snapshot compared with. Not given for what was added.
             */
            size_before?: number;
            /** @description What became of it. */
            status: components["schemas"]["FileStatus"];
            /** @description What it is, or was if it was removed. */
            type: components["schemas"]["EntryKind"];
        };
        /**
         * @description A file, a folder, or what else there is.
         * @example {
         *       "mode": "0644",
         *       "modified_at": "2026-01-02T03:04:05.678Z",
         *       "path": "src/App.tsx",
         *       "size": 512,
         *       "type": "file"
         *     }
         */
        FileEntry: {
            /** @description The name isn't UTF-8: `path` shows it and doesn't lead to it. */
            lossy?: boolean;
            /** @description Octal, as chmod takes it. */
            mode: string;
            modified_at: components["schemas"]["Timestamp"];
            /** @description From the app folder. */
            path: string;
            /**
             * Format: int64
             * @description Bytes of a file.
             */
            size: number;
            type: components["schemas"]["EntryKind"];
        };
        /** @description What is in a folder. */
        FileList: {
            /** @description At most 10,000, sorted by name, a folder before what is in it. */
            entries: components["schemas"]["FileEntry"][];
            /** @description There are more. */
            truncated: boolean;
        };
        /**
         * @description What became of a file.
         * @enum {string}
         */
        FileStatus: "added" | "changed" | "removed";
        /**
         * @description Whether a node keeps its sandboxes apart by firewall rules.
         * @enum {string}
         */
        FirewallMode: "unknown" | "on" | "off";
        /**
         * @description What is made.
         * @example {
         *       "count": 2,
         *       "git": "reset",
         *       "snapshot_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
         *     }
         */
        ForkApp: {
            /** @description Whether the source's config is copied, sensitive values too; `false` if not said: none is. */
            copy_config?: boolean | null;
            /**
             * Format: int32
             * @description How many; 1 if not said.
             */
            count?: number | null;
            git?: components["schemas"]["GitHistory"] | null;
            name?: components["schemas"]["Name"] | null;
            snapshot_id: components["schemas"]["SnapshotId"];
        };
        /** @description A new app and its sandbox. */
        ForkedChild: {
            app?: components["schemas"]["App"];
            sandbox?: components["schemas"]["Sandbox"];
            /** @description What was done in it, for the child of an exploration. */
            task?: components["schemas"]["TaskResult"];
        };
        /** @description Where a forked app comes from. */
        ForkedFrom: {
            /** @description The source app, which may be gone by now. */
            app_id: components["schemas"]["AppId"];
            /** @description The snapshot that the fork stands on. */
            snapshot_id: components["schemas"]["SnapshotId"];
        };
        /**
         * @description What becomes of the git history in a fork.
         * @enum {string}
         */
        GitHistory: "reset" | "keep";
        /** @description That the process answers. */
        Health: {
            /** @example ok */
            status: string;
        };
        /**
         * @description How a caller is known.
         * @enum {string}
         */
        How: "token" | "session" | "off";
        /** @description An error with the request that it answers. */
        HttpError: components["schemas"]["ErrorBody"] & {
            /**
             * @description As in `X-Request-Id`.
             * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
             */
            request_id: string;
        };
        /**
         * @description Whether an idle sandbox is stopped.
         * @enum {string}
         */
        IdlePolicy: "sleep" | "always_on";
        /** @description What a sandbox may use. */
        Limits: {
            /**
             * Format: double
             * @description CPUs, fractions allowed.
             */
            cpus: number;
            /**
             * Format: int64
             * @description Bytes of its workspace that it may hold beyond its base.
             */
            disk_bytes: number;
            /**
             * Format: int64
             * @description Memory in bytes; swap is not added to it.
             */
            memory_bytes: number;
            /**
             * Format: int32
             * @description Processes and threads.
             */
            pids: number;
        };
        /** @description What is to differ from the installation's limits. */
        LimitsChange: {
            /**
             * Format: double
             * @description CPUs, fractions allowed.
             */
            cpus?: number | null;
            disk?: components["schemas"]["Size"] | null;
            memory?: components["schemas"]["Size"] | null;
            /**
             * Format: int32
             * @description Processes and threads.
             */
            pids?: number | null;
        };
        /**
         * @description A model, in an agent's own spelling: 1–200 characters, no control characters. It becomes an
         *     argument of a program, which must not take it for an option.
         * @example anthropic/claude-sonnet-4-5
         */
        ModelName: string;
        /**
         * @description The name of an app or a snapshot: 1–200 characters, no control characters, trimmed.
         * @example Shop
         */
        Name: string;
        /**
         * @description A session that was made; its secret is in the cookie alone.
         * @example {
         *       "csrf_token": "5d41",
         *       "expires_at": "2026-11-24T20:30:00.000Z",
         *       "tenant": "alice"
         *     }
         */
        NewSession: {
            /** @description What writes by this session have to repeat as `X-CSRF-Token`. */
            csrf_token: string;
            /** @description When it ends unless it is used. */
            expires_at: components["schemas"]["Timestamp"];
            tenant: string;
        };
        /** @description A container engine with its data directory. */
        Node: {
            /** @description How it keeps workspaces. */
            driver: components["schemas"]["DriverKind"];
            /**
             * @description Why that way.
             * @example overlay mounts work here
             */
            driver_reason: string;
            /**
             * @description Why its engine can't be used now.
             * @example null
             */
            engine_error: string | null;
            /** @description Whether firewall rules keep its sandboxes apart. */
            firewall: components["schemas"]["FirewallMode"];
            /**
             * @description Why they aren't in place now. Nothing starts meanwhile.
             * @example null
             */
            firewall_error: string | null;
            /** @example node-1 */
            name: string;
        };
        /**
         * @description An operation, as the API shows it.
         * @example {
         *       "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "attempt": 1,
         *       "cancel_requested": false,
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "error": null,
         *       "finished_at": null,
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "kind": "sandbox.create",
         *       "max_attempts": 3,
         *       "progress": {
         *         "done": 2,
         *         "message": "Starting the container",
         *         "step": "start_container",
         *         "total": 3
         *       },
         *       "queue_ms": 4,
         *       "result": null,
         *       "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
         *       "snapshot_id": null,
         *       "started_at": "2026-01-31T12:00:00.004Z",
         *       "status": "running",
         *       "steps": [
         *         {
         *           "duration_ms": 9,
         *           "name": "create_workspace",
         *           "started_at": "2026-01-31T12:00:00.004Z",
         *           "status": "succeeded"
         *         }
         *       ],
         *       "task_id": null,
         *       "worker": "worker-1"
         *     }
         */
        Operation: {
            app_id: components["schemas"]["AppId"] | null;
            /**
             * Format: int64
             * @description Attempts begun.
             */
            attempt: number;
            /** @description Whether somebody wants it to end. */
            cancel_requested: boolean;
            created_at: components["schemas"]["Timestamp"];
            /** @description Of the deletion of an app: whether its snapshots go too. */
            delete_snapshots?: boolean;
            error: components["schemas"]["ErrorBody"] | null;
            finished_at: components["schemas"]["Timestamp"] | null;
            id: components["schemas"]["OperationId"];
            kind: components["schemas"]["OperationKind"];
            /**
             * Format: int64
             * @description Attempts allowed.
             */
            max_attempts: number;
            progress: components["schemas"]["Progress"] | null;
            /**
             * Format: int64
             * @description Milliseconds that it waited for a worker.
             */
            queue_ms: number | null;
            result: components["schemas"]["OperationResult"] | null;
            sandbox_id: components["schemas"]["SandboxId"] | null;
            snapshot_id: components["schemas"]["SnapshotId"] | null;
            started_at: components["schemas"]["Timestamp"] | null;
            status: components["schemas"]["OperationStatus"];
            /** @description What it has done. */
            steps: components["schemas"]["Step"][];
            task_id: components["schemas"]["TaskId"] | null;
            /** @description The worker that has or had it last. */
            worker: string | null;
        };
        /**
         * @description A long operation.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        OperationId: string;
        /**
         * @description What an operation does.
         * @enum {string}
         */
        OperationKind: "sandbox.create" | "sandbox.start" | "sandbox.stop" | "sandbox.delete" | "app.delete" | "snapshot.capture" | "app.restore" | "app.fork" | "app.explore" | "task.run";
        /** @description A page of operations. */
        OperationList: {
            next_before?: components["schemas"]["OperationId"];
            operations: components["schemas"]["Operation"][];
        };
        /** @description What an operation made or was about, as far as it still exists. */
        OperationResult: {
            app?: components["schemas"]["App"];
            /** @description What a fork or an exploration made. */
            children?: components["schemas"]["ForkedChild"][];
            /** @description What an adoption has had deleted. */
            deleted_app_ids?: components["schemas"]["AppId"][];
            /** @description The snapshot that a restore kept of what it replaced. */
            safety_snapshot_id?: components["schemas"]["SnapshotId"];
            sandbox?: components["schemas"]["Sandbox"];
            snapshot?: components["schemas"]["Snapshot"];
            /** @description What a task came to. */
            task?: components["schemas"]["TaskResult"];
        };
        /**
         * @description Where an operation is.
         * @enum {string}
         */
        OperationStatus: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        /**
         * @description What a piece of a task's output tells of.
         * @enum {string}
         */
        OutputKind: "status" | "message" | "tool" | "build" | "done";
        /**
         * @description Ports that previews may reach; the first is the main one
         * @example [
         *       3000,
         *       8080
         *     ]
         */
        Ports: number[];
        /** @description Where a sandbox is seen, and whether it answers there. */
        Preview: {
            last_checked_at: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description What it answered when it was last probed.
             */
            last_http_status: number | null;
            status: components["schemas"]["PreviewStatus"];
            /** @description Of the main port. */
            url: string;
            /** @description Of each port. */
            urls: {
                [key: string]: string;
            };
        };
        /**
         * @description A link to a private preview.
         * @example {
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "expires_at": "2026-01-31T13:00:00.000Z",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "port": 3000,
         *       "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "token": "sbx_preview_…",
         *       "url": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w8-3000.preview.localhost:18080/.sandboxd/open?token=sbx_preview_…&to=%2Fadmin"
         *     }
         */
        PreviewLink: {
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"];
            id: components["schemas"]["PreviewTokenId"];
            /**
             * Format: int32
             * @description The one port that it opens; none opens all.
             */
            port: number | null;
            sandbox_id: components["schemas"]["SandboxId"];
            /** @description For programs, as `X-Sandboxd-Preview-Token`. Left out of what is kept of the answer. */
            token: string;
            /** @description To be opened in a browser, which gets a cookie by it. */
            url: string;
        };
        /**
         * @description Whether the preview answers.
         * @enum {string}
         */
        PreviewStatus: "down" | "starting" | "ready" | "error";
        /**
         * @description A link to a private preview, as the API shows it. The token itself isn't kept.
         * @example {
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "expires_at": "2026-01-31T13:00:00.000Z",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "port": 3000,
         *       "revoked_at": null,
         *       "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8"
         *     }
         */
        PreviewToken: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Until when it opens anything. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["PreviewTokenId"];
            /**
             * Format: int32
             * @description The one port that it opens; none opens all.
             */
            port: number | null;
            revoked_at: components["schemas"]["Timestamp"] | null;
            /** @description The sandbox that it opens. */
            sandbox_id: components["schemas"]["SandboxId"];
        };
        /**
         * @description A link to a private preview.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        PreviewTokenId: string;
        /** @description A page of links to private previews. */
        PreviewTokenList: {
            next_before?: components["schemas"]["PreviewTokenId"];
            preview_tokens: components["schemas"]["PreviewToken"][];
        };
        /** @description What an operation is doing now. */
        Progress: {
            /**
             * Format: int32
             * @description Steps done.
             */
            done: number;
            /** @description For a person. */
            message: string;
            /** @description The step's name. */
            step: string;
            /**
             * Format: int32
             * @description Steps in all.
             */
            total: number;
        };
        /** @description A project in the caller's own system. */
        ProjectIds: {
            id: components["schemas"]["ExternalId"];
            user_id: components["schemas"]["ExternalId"];
        };
        /**
         * @description What an agent is asked: up to 100 KiB, line breaks and all. It becomes an argument of a program,
         *     which can't hold a NUL.
         * @example Make the heading blue
         */
        Prompt: string;
        /** @description A node's queue. */
        Queue: {
            /**
             * Format: int64
             * @description Operations that wait, back-off included.
             */
            depth: number;
            /**
             * Format: int64
             * @description Operations that ended within the last minute.
             */
            ended_per_minute: number;
            /**
             * Format: int64
             * @description Those of them that failed.
             */
            failed_per_minute: number;
            /** @example node-1 */
            node: string;
            /**
             * Format: int64
             * @description Milliseconds that it has waited.
             */
            oldest_age_ms: number | null;
            oldest_queued_at: components["schemas"]["Timestamp"] | null;
            queue: components["schemas"]["QueueClass"];
            /**
             * Format: int64
             * @description Operations that run.
             */
            running: number;
        };
        /**
         * @description The classes of work of a node, each with its own concurrency.
         * @enum {string}
         */
        QueueClass: "control" | "snapshot" | "task" | "maintenance";
        /** @description The queues that have anything to tell of. */
        QueueList: {
            queues: components["schemas"]["Queue"][];
        };
        /** @description The tenant's quotas. */
        QuotaList: {
            quotas: components["schemas"]["Quotas"];
        };
        /** @description Quotas by name. */
        Quotas: {
            /** @description Bytes of sealed layers that snapshots and workspaces stand on, each counted once. */
            disk_bytes: components["schemas"]["QuotaView"];
            /** @description Operations accepted within the last minute. */
            operations_per_minute: components["schemas"]["QuotaView"];
            /** @description Requests within a minute. */
            requests_per_minute: components["schemas"]["QuotaView"];
            /** @description Sandboxes that have a container, or are about to. */
            running: components["schemas"]["QuotaView"];
            /** @description Sandboxes, those that failed to be made aside. */
            sandboxes: components["schemas"]["QuotaView"];
            /** @description Snapshots of all kinds. */
            snapshots: components["schemas"]["QuotaView"];
            /** @description Unfinished tasks. */
            tasks: components["schemas"]["QuotaView"];
        };
        /**
         * @description A quota of the tenant's.
         * @example {
         *       "limit": 200,
         *       "used": 3
         *     }
         */
        QuotaView: {
            /**
             * Format: int64
             * @description Null for none.
             */
            limit: number | null;
            /** Format: int64 */
            used: number;
        };
        /** @description That work can be done. */
        Readiness: {
            checks: components["schemas"]["Check"][];
            /** @example ready */
            status: string;
        };
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        Redeliver: Record<string, never>;
        /**
         * @description What changes.
         * @example {
         *       "name": "before the redesign"
         *     }
         */
        RenameSnapshot: {
            name?: components["schemas"]["Name"] | null;
        };
        /**
         * @description What is restored.
         * @example {
         *       "snapshot_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
         *     }
         */
        RestoreApp: {
            /** @description Whether what is replaced is kept as a snapshot first; true if not said. */
            safety_snapshot?: boolean | null;
            snapshot_id: components["schemas"]["SnapshotId"];
        };
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        RotateSecret: Record<string, never>;
        /** @description An operation in a worker's hands. */
        RunningOperation: {
            app_id: components["schemas"]["AppId"] | null;
            /**
             * Format: int64
             * @description Attempts begun.
             */
            attempt: number;
            id: components["schemas"]["OperationId"];
            kind: components["schemas"]["OperationKind"];
            /** @description When it is taken for stranded unless its worker is heard of. */
            lease_until: components["schemas"]["Timestamp"];
            sandbox_id: components["schemas"]["SandboxId"] | null;
            started_at: components["schemas"]["Timestamp"] | null;
        };
        /**
         * @description What is to be done, and who is to do it.
         * @example {
         *       "agent": "opencode",
         *       "checkpoint": true,
         *       "prompt": "Make the heading blue",
         *       "timeout": "10m"
         *     }
         */
        RunTask: {
            agent?: components["schemas"]["Agent"] | null;
            /**
             * @description Whether the workspace is captured before and after, so that the task can be undone; true if
             *     not said.
             */
            checkpoint?: boolean | null;
            /**
             * @description The program and its arguments, at most 64 KiB; for agent `command`, which gets the prompt in
             *     `SANDBOXD_PROMPT`.
             */
            command?: string[] | null;
            continue_task_id?: components["schemas"]["TaskId"] | null;
            model?: components["schemas"]["ModelName"] | null;
            prompt: components["schemas"]["Prompt"];
            /**
             * @description How long the agent may take: a duration such as "10m", from "1s" to "24h"; 30 minutes if not
             *     said.
             */
            timeout?: string | null;
            /**
             * Format: int64
             * @description The same in seconds; give one of them.
             */
            timeout_s?: number | null;
        };
        /**
         * @description A sandbox, as the API shows it. Made from its row alone: nothing is dialled.
         * @example {
         *       "active_operation_id": null,
         *       "active_task_id": null,
         *       "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "base_snapshot_id": null,
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "generation": 1,
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "idle_after": "35m",
         *       "idle_policy": "sleep",
         *       "last_active_at": "2026-01-31T12:00:04.000Z",
         *       "limits": {
         *         "cpus": 2,
         *         "disk_bytes": 10737418240,
         *         "memory_bytes": 2147483648,
         *         "pids": 1024
         *       },
         *       "ports": [
         *         3000
         *       ],
         *       "preview": {
         *         "last_checked_at": "2026-01-31T12:00:09.000Z",
         *         "last_http_status": 200,
         *         "status": "ready",
         *         "url": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.localhost:18080/",
         *         "urls": {
         *           "3000": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.localhost:18080/"
         *         }
         *       },
         *       "status": "running",
         *       "status_reason": null,
         *       "template": "react-standard",
         *       "updated_at": "2026-01-31T12:00:04.000Z",
         *       "visibility": "public"
         *     }
         */
        Sandbox: {
            active_operation_id: components["schemas"]["OperationId"] | null;
            active_task_id: components["schemas"]["TaskId"] | null;
            app_id: components["schemas"]["AppId"];
            base_snapshot_id: components["schemas"]["SnapshotId"] | null;
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description The number of its current workspace; grows with every seal and restore.
             */
            generation: number;
            id: components["schemas"]["SandboxId"];
            /** @description A duration such as "35m"; "0s" for never. */
            idle_after: string;
            idle_policy: components["schemas"]["IdlePolicy"];
            last_active_at: components["schemas"]["Timestamp"];
            limits: components["schemas"]["Limits"];
            ports: components["schemas"]["Ports"];
            preview: components["schemas"]["Preview"];
            /** @description What it is doing. */
            status: components["schemas"]["SandboxStatus"];
            /**
             * @description Why, where that isn't plain: `idle`, `memory_pressure`, `disk_limit`, `crashed`, `oom`,
             *     `restored` (a backup), or words for people.
             */
            status_reason: string | null;
            template: components["schemas"]["Template"] | null;
            updated_at: components["schemas"]["Timestamp"];
            visibility: components["schemas"]["Visibility"];
        };
        /**
         * @description A sandbox: the container and workspace of an app.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        SandboxId: string;
        /** @description A page of sandboxes. */
        SandboxList: {
            next_before?: components["schemas"]["SandboxId"];
            sandboxes: components["schemas"]["Sandbox"][];
        };
        /**
         * @description What a sandbox is doing.
         * @enum {string}
         */
        SandboxStatus: "creating" | "running" | "stopping" | "stopped" | "starting" | "restoring" | "deleting" | "error";
        /**
         * @description A text to look for, bounded.
         * @example demo
         */
        SearchText: string;
        /**
         * @description Who asks, and how that is known.
         * @example {
         *       "auth": "token",
         *       "tenant": "alice"
         *     }
         */
        Session: {
            auth: components["schemas"]["How"];
            /** @description What writes by this session have to repeat. */
            csrf_token?: string;
            /** @description When this session ends unless it is used. */
            expires_at?: components["schemas"]["Timestamp"];
            tenant: string;
        };
        /**
         * @description How much an event matters.
         * @enum {string}
         */
        Severity: "info" | "warning" | "error";
        /**
         * @description Bytes: a number, or a text such as "512m"; units are binary
         * @example 512m
         */
        Size: number | string;
        /**
         * @description A snapshot, as the API shows it.
         * @example {
         *       "base_image": "sandboxd-base:0.1.0",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "kind": "manual",
         *       "name": "before the redesign",
         *       "parent_snapshot_id": null,
         *       "size_bytes": 41213952,
         *       "source_app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
         *       "source_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "status": "ready",
         *       "task_id": null,
         *       "unique_bytes": 8192
         *     }
         */
        Snapshot: {
            /** @description The image of the sandbox it was taken from. */
            base_image: string;
            /** @description When it was asked for. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["SnapshotId"];
            /** @description Why it was taken. */
            kind: components["schemas"]["SnapshotKind"];
            /** @description Its name. */
            name: string;
            parent_snapshot_id: components["schemas"]["SnapshotId"] | null;
            /**
             * Format: int64
             * @description Bytes of the layers it consists of; null until they are measured.
             */
            size_bytes: number | null;
            /** @description The app it was taken from, which may be gone by now. */
            source_app_id: components["schemas"]["AppId"];
            /** @description The sandbox it was taken from, which may be gone by now. */
            source_sandbox_id: components["schemas"]["SandboxId"];
            /** @description Whether it can be used. */
            status: components["schemas"]["SnapshotStatus"];
            task_id: components["schemas"]["TaskId"] | null;
            /**
             * Format: int64
             * @description Bytes that only it holds; null until they are measured.
             */
            unique_bytes: number | null;
        };
        /**
         * @description What a snapshot has compared with another.
         * @example {
         *       "added": 0,
         *       "against": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "changed": 1,
         *       "files": [
         *         {
         *           "path": "src/App.tsx",
         *           "size": 512,
         *           "size_before": 480,
         *           "status": "changed",
         *           "type": "file"
         *         }
         *       ],
         *       "removed": 0,
         *       "snapshot_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "truncated": false
         *     }
         */
        SnapshotDiff: {
            /**
             * Format: int64
             * @description Files listed as added.
             */
            added: number;
            /** @description The one that it was compared with. */
            against: components["schemas"]["SnapshotId"];
            /**
             * Format: int64
             * @description Files listed as changed.
             */
            changed: number;
            /** @description At most 10,000, sorted by path. Folders aren't listed, only what is in them. */
            files: components["schemas"]["FileDiff"][];
            /**
             * Format: int64
             * @description Files listed as removed.
             */
            removed: number;
            /** @description The snapshot. */
            snapshot_id: components["schemas"]["SnapshotId"];
            /** @description There may be more: the list is full, or it took too long. */
            truncated: boolean;
        };
        /**
         * @description A captured workspace.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        SnapshotId: string;
        /**
         * @description Why a snapshot was taken.
         * @enum {string}
         */
        SnapshotKind: "manual" | "safety" | "checkpoint";
        /** @description A page of snapshots. */
        SnapshotList: {
            next_before?: components["schemas"]["SnapshotId"];
            snapshots: components["schemas"]["Snapshot"][];
        };
        /**
         * @description Whether a snapshot can be used.
         * @enum {string}
         */
        SnapshotStatus: "capturing" | "ready" | "failed" | "deleting";
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        StartSandbox: Record<string, never>;
        /** @description A named, idempotent part of an operation. */
        Step: {
            /**
             * Format: int64
             * @description How long it took; null while it runs.
             */
            duration_ms: number | null;
            /** @description Its name, verb_noun. */
            name: string;
            /** @description When it was begun, in the attempt that finished it. */
            started_at: components["schemas"]["Timestamp"];
            /** @description Where it is. */
            status: components["schemas"]["StepStatus"];
        };
        /**
         * @description Where a step is.
         * @enum {string}
         */
        StepStatus: "running" | "succeeded" | "failed";
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        StopSandbox: Record<string, never>;
        /**
         * @description Tags, in the order given and without repeats
         * @example [
         *       "demo",
         *       "shop"
         *     ]
         */
        Tags: string[];
        /**
         * @description A run of a coding agent.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        TaskId: string;
        /** @description A page of tasks. */
        TaskList: {
            next_before?: components["schemas"]["TaskId"];
            tasks: components["schemas"]["TaskResult"][];
        };
        /** @description A piece of a task's output. */
        TaskOutput: {
            /** @description When it was recorded. */
            created_at: components["schemas"]["Timestamp"];
            /** @description By its type, see the guide. */
            data: Record<string, unknown>;
            /**
             * Format: int64
             * @description 1, 2, 3 … without gaps.
             */
            seq: number;
            /** @description What it tells of. */
            type: components["schemas"]["OutputKind"];
        };
        /** @description A page of what an agent said, oldest first. */
        TaskOutputList: {
            events: components["schemas"]["TaskOutput"][];
            /**
             * Format: int64
             * @description What the next page comes after; only if there is more now.
             */
            next_after?: number;
        };
        /**
         * @description A task as its row has it. What is serialised is what the API shows.
         * @example {
         *       "agent": "opencode",
         *       "agent_message_final": "The heading is blue now.",
         *       "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
         *       "build_error_message": null,
         *       "build_ok": true,
         *       "checkpoint_after": "01JD4X8QK3M5N7P9R1S3T5V7W4",
         *       "checkpoint_before": "01JD4X8QK3M5N7P9R1S3T5V7W5",
         *       "command": null,
         *       "continue_task_id": null,
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "duration_ms": 41250,
         *       "error_message": null,
         *       "failure_reason": null,
         *       "files_changed": [
         *         "src/App.css"
         *       ],
         *       "finished_at": "2026-01-31T12:00:42.250Z",
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "model": null,
         *       "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
         *       "preview_status_after": "ready",
         *       "prompt": "Make the heading blue",
         *       "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
         *       "started_at": "2026-01-31T12:00:01.000Z",
         *       "status": "succeeded",
         *       "timeout_ms": 1800000,
         *       "usage": {
         *         "input_tokens": 1200,
         *         "output_tokens": 340
         *       }
         *     }
         */
        TaskResult: {
            /** @description What works on the prompt. */
            agent: components["schemas"]["Agent"];
            /** @description What the agent said last. */
            agent_message_final: string | null;
            /** @description That sandbox's app. */
            app_id: components["schemas"]["AppId"];
            /** @description The end of what a failed build printed. */
            build_error_message: string | null;
            /**
             * @description Whether the app builds afterwards; null where it doesn't say how it is built, or where that
             *     was not tried.
             */
            build_ok: boolean | null;
            checkpoint_after: components["schemas"]["SnapshotId"] | null;
            checkpoint_before: components["schemas"]["SnapshotId"] | null;
            /** @description The program and its arguments, for agent `command`. */
            command: string[] | null;
            continue_task_id: components["schemas"]["TaskId"] | null;
            /** @description When it was asked for. */
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description From its start to its end, in milliseconds.
             */
            duration_ms: number | null;
            /** @description The same for a person. */
            error_message: string | null;
            failure_reason: components["schemas"]["FailureReason"] | null;
            /** @description Paths in the app folder of what was added, changed or removed; null until it is known. */
            files_changed: string[] | null;
            finished_at: components["schemas"]["Timestamp"] | null;
            /** @description Its id. */
            id: components["schemas"]["TaskId"];
            /** @description The model, in the agent's own spelling; null: the agent's choice. */
            model: string | null;
            /** @description The operation that does it. */
            operation_id: components["schemas"]["OperationId"];
            preview_status_after: components["schemas"]["PreviewStatus"] | null;
            /** @description What is to be done. */
            prompt: string;
            /** @description The sandbox that it works in, which may be gone by now. */
            sandbox_id: components["schemas"]["SandboxId"];
            started_at: components["schemas"]["Timestamp"] | null;
            /** @description Where it is. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Format: int64
             * @description How long the agent may take, in milliseconds.
             */
            timeout_ms: number;
            /** @description What the agent used, as it tells: `input_tokens`, `output_tokens` and others. */
            usage: Record<string, unknown> | null;
        };
        /**
         * @description Where a task is.
         * @enum {string}
         */
        TaskStatus: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        /**
         * @description What a new workspace is seeded with. The names are folders of the base image.
         * @enum {string}
         */
        Template: "react-standard" | "node-express" | "static" | "python" | "blank";
        /**
         * @description Nothing is to be said.
         * @example {}
         */
        TestWebhook: Record<string, never>;
        /**
         * Format: date-time
         * @description An instant: RFC 3339, UTC, with milliseconds.
         * @example 2026-01-31T12:00:00.000Z
         */
        Timestamp: string;
        /**
         * @description What changes; an absent field stays as it is.
         * @example {
         *       "description": null,
         *       "name": "Tea shop"
         *     }
         */
        UpdateApp: {
            description?: components["schemas"]["Description"] | null;
            egress?: components["schemas"]["Egress"] | null;
            name?: components["schemas"]["Name"] | null;
            tags?: components["schemas"]["Tags"] | null;
        };
        /**
         * @description What changes; an absent field stays as it is.
         * @example {
         *       "value": "another secret"
         *     }
         */
        UpdateConfig: {
            access_policy?: components["schemas"]["AccessPolicy"];
            /** @description What was sensitive becomes visible only with a new value. */
            sensitive?: boolean;
            value?: components["schemas"]["ConfigValue"];
        };
        /**
         * @description What changes; an absent field stays as it is.
         * @example {
         *       "idle_after": "1h",
         *       "visibility": "private"
         *     }
         */
        UpdateSandbox: {
            /** @description A duration from 1s to 365d, such as "35m"; "0" for never. */
            idle_after?: string | null;
            idle_policy?: components["schemas"]["IdlePolicy"] | null;
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /**
         * @description What changes; an absent field stays as it is.
         * @example {
         *       "enabled": true,
         *       "events": [
         *         "sandbox.*"
         *       ]
         *     }
         */
        UpdateWebhook: {
            description?: components["schemas"]["Description"] | null;
            /** @description False also cancels what waits; true forgives what failed before. */
            enabled?: boolean | null;
            events?: components["schemas"]["EventPatterns"] | null;
            url?: components["schemas"]["WebhookUrl"] | null;
        };
        /**
         * @description Who may see the preview.
         * @enum {string}
         */
        Visibility: "public" | "private";
        /**
         * @description Somebody who wants to hear of events.
         * @example {
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "enabled": true,
         *       "events": [
         *         "sandbox.*",
         *         "app.created"
         *       ],
         *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
         *       "updated_at": "2026-01-31T12:00:00.000Z",
         *       "url": "https://hooks.example.com/sandboxd"
         *     }
         */
        Webhook: {
            /** @description Of which app, if not of all. */
            app_id?: components["schemas"]["AppId"];
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description For a person. */
            description?: string;
            /** @description Why not. */
            disabled_reason?: components["schemas"]["DisabledReason"];
            /** @description Whether it is sent anything. */
            enabled: boolean;
            /** @description Which. */
            events: components["schemas"]["EventPatterns"];
            /** @description The first failed attempt since the last that succeeded. */
            failing_since?: components["schemas"]["Timestamp"];
            /** @description Its id. */
            id: components["schemas"]["WebhookId"];
            /** @description When it was changed last. */
            updated_at: components["schemas"]["Timestamp"];
            /** @description Where they are sent. */
            url: string;
        };
        /**
         * @description A webhook.
         * @example 01JD4X8QK3M5N7P9R1S3T5V7W9
         */
        WebhookId: string;
        /** @description A page of webhooks. */
        WebhookList: {
            next_before?: components["schemas"]["WebhookId"];
            webhooks: components["schemas"]["Webhook"][];
        };
        /**
         * @description An `http` or `https` URL without credentials and fragment, at most 2,000 characters. Where its
         *     name leads is looked at when something is sent.
         * @example https://hooks.example.com/sandboxd
         */
        WebhookUrl: string;
        /** @description A webhook with its secret. */
        WebhookWithSecret: components["schemas"]["Webhook"] & {
            /**
             * @description What messages are signed with. Missing where an answer is replayed.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            secret?: string;
        };
        /** @description A worker process. */
        Worker: {
            /** @description Whether it was heard of in the last 15 s. */
            alive: boolean;
            /** @example worker-1 */
            name: string;
            /** @example node-1 */
            node: string;
            /** @description The tenant's own of them. */
            operations: components["schemas"]["RunningOperation"][];
            /** @description The queues that it takes from. */
            queues: string[];
            /** @description Operations that it runs, all tenants' together. */
            running: number;
            seen_at: components["schemas"]["Timestamp"];
            started_at: components["schemas"]["Timestamp"];
        };
        /** @description Workers with what they run, and the nodes they work for. */
        WorkerList: {
            nodes: components["schemas"]["Node"][];
            workers: components["schemas"]["Worker"][];
        };
        /**
         * @description A file that was written.
         * @example {
         *       "path": "src/App.tsx",
         *       "size": 512
         *     }
         */
        WrittenFile: {
            path: string;
            /**
             * Format: int64
             * @description In bytes.
             */
            size: number;
        };
    };
    responses: {
        /** @description Accepted; the operation does it. Follow it at `Location` */
        Accepted: {
            headers: {
                "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                Location: components["headers"]["Location"];
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Operation"];
            };
        };
        /** @description There is no memory, disk, engine, worker or database to take it now */
        Capacity: {
            headers: {
                "Preference-Applied": components["headers"]["Preference-Applied"];
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "capacity",
                 *         "message": "the database is busy; try again",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The state forbids it (`conflict`, `details.status`), or something else is in the way: an operation (`operation_in_progress`, `details.operation_id`) or a task (`task_in_progress`, `details.task_id`) */
        Conflict: {
            headers: {
                "Preference-Applied": components["headers"]["Preference-Applied"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "operation_in_progress",
                 *         "details": {
                 *           "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                 *         },
                 *         "message": "operation 01JD4X8QK3M5N7P9R1S3T5V7W9 is under way; wait until it has finished, or cancel it",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The `Idempotency-Key` was used for another request */
        IdempotencyMismatch: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "idempotency_mismatch",
                 *         "message": "the Idempotency-Key was used for another request; use a new one",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description It failed on our side; the log has it by `request_id` */
        Internal: {
            headers: {
                "Preference-Applied": components["headers"]["Preference-Applied"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "internal",
                 *         "message": "something went wrong on our side; the log has it by request id",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The request is wrong; `details.field` names the field */
        InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "invalid_request",
                 *         "details": {
                 *           "field": "name"
                 *         },
                 *         "message": "name: a name must have 1 to 200 characters",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description There is no such thing, or it is another tenant's */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "not_found",
                 *         "message": "there is no such app",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description A condition doesn't hold; `details.checks` says which */
        NotReady: {
            headers: {
                "Preference-Applied": components["headers"]["Preference-Applied"];
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "capacity",
                 *         "details": {
                 *           "checks": [
                 *             {
                 *               "name": "database",
                 *               "ok": true
                 *             },
                 *             {
                 *               "name": "workers",
                 *               "ok": false
                 *             }
                 *           ]
                 *         },
                 *         "message": "not ready: no worker has been heard of in the last 15 s; operations are accepted and wait",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The sandbox didn't answer */
        SandboxUnavailable: {
            headers: {
                "Preference-Applied": components["headers"]["Preference-Applied"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "sandbox_unavailable",
                 *         "message": "the sandbox did not answer",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The body is larger than 1 MiB */
        TooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "invalid_request",
                 *         "message": "a body has at most 1048576 bytes",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The tenant asks too often (`rate_limited`) or has as much as it may have (`quota_exceeded`); `details` says which limit */
        TooManyRequests: {
            headers: {
                "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "rate_limited",
                 *         "details": {
                 *           "limit": 1200,
                 *           "quota": "requests_per_minute",
                 *           "retry_after_s": 1,
                 *           "used": 1200
                 *         },
                 *         "message": "1200 requests a minute are allowed; come again later",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": true
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description There is no valid token or session, or a write by session lacks its `X-CSRF-Token` */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "unauthorized",
                 *         "message": "send a valid token as \"Authorization: Bearer <token>\"",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
        /** @description The body isn't said to be JSON */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "invalid_request",
                 *         "message": "send JSON, with Content-Type: application/json",
                 *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                 *         "retryable": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ErrorAnswer"];
            };
        };
    };
    parameters: {
        /** @description Makes a repeated request answer like the first one, for 24 hours */
        IdempotencyKey: string;
        /** @description How many at most */
        Limit: number;
        /** @description `wait=N`: if the operation finishes within N seconds (60 at most), the answer is the finished thing */
        Prefer: string;
    };
    requestBodies: never;
    headers: {
        /** @description `true` if an equal request was answered before */
        "Idempotency-Replayed": string;
        /** @description Where what is made is, or the operation that makes it */
        Location: string;
        /** @description The preference that was followed (RFC 7240) */
        "Preference-Applied": string;
        /** @description So many are allowed a minute */
        "RateLimit-Limit": number;
        /** @description So many are left now */
        "RateLimit-Remaining": number;
        /** @description Seconds until all are left again */
        "RateLimit-Reset": number;
        /** @description Seconds after which to come again */
        "Retry-After": number;
        /** @description The scheme to authenticate with */
        "WWW-Authenticate": string;
        /** @description Names the request, in our log too */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_docs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document, in OpenAPI 3.1 */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "info": {},
                     *       "openapi": "3.1.0",
                     *       "paths": {}
                     *     }
                     */
                    "application/json": unknown;
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All conditions hold */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "checks": [
                     *         {
                     *           "name": "database",
                     *           "ok": true
                     *         }
                     *       ],
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            503: components["responses"]["NotReady"];
        };
    };
    list_agents: {
        parameters: {
            query?: {
                /** @description Says which of them are ready to work in this app. */
                app_id?: components["schemas"]["AppId"];
                /** @description The same for a sandbox's app; give one of them. */
                sandbox_id?: components["schemas"]["SandboxId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agents": [
                     *         {
                     *           "agent": "claude-code",
                     *           "installed": true,
                     *           "missing": [
                     *             "config: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN"
                     *           ],
                     *           "name": "Claude Code",
                     *           "needs": {
                     *             "config_any_of": [
                     *               "ANTHROPIC_API_KEY",
                     *               "ANTHROPIC_AUTH_TOKEN"
                     *             ]
                     *           },
                     *           "program": "claude",
                     *           "ready": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AgentList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_apps: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["AppId"];
                /** @description Only apps of this user in the caller's own system. */
                external_user_id?: components["schemas"]["SearchText"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                /** @description Only apps whose name or description has this text. */
                q?: components["schemas"]["SearchText"];
                /** @description Only apps with this tag. */
                tag?: components["schemas"]["SearchText"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "apps": [
                     *         {
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "current_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "description": "Sells tea.",
                     *           "egress": {
                     *             "allow": [],
                     *             "policy": "open"
                     *           },
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "name": "Shop",
                     *           "tags": [
                     *             "demo"
                     *           ],
                     *           "updated_at": "2026-01-31T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *     }
                     */
                    "application/json": components["schemas"]["AppList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    create_app: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateApp"];
            };
        };
        responses: {
            /** @description The app */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    get_app: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The app */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_app: {
        parameters: {
            query?: {
                /** @description Cancels a task that is under way; otherwise that is 409 `task_in_progress`. */
                force?: boolean;
                /** @description What becomes of its snapshots; `keep` if not said. */
                snapshots?: "keep" | "delete";
            };
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    update_app: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateApp"];
            };
        };
        responses: {
            /** @description The app as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    adopt_app: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdoptApp"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    list_config: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All entries */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "config": [
                     *         {
                     *           "access_policy": "control_plane_only",
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "key": "API_KEY",
                     *           "sensitive": true,
                     *           "updated_at": "2026-01-31T12:00:00.000Z",
                     *           "value": "text"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ConfigList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    create_config: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateConfig"];
            };
        };
        responses: {
            /** @description The entry */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_policy": "control_plane_only",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "key": "API_KEY",
                     *       "sensitive": true,
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "value": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["ConfigEntry"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_config: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
                /** @description The entry's key */
                key: components["schemas"]["ConfigKey"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    update_config: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
                /** @description The entry's key */
                key: components["schemas"]["ConfigKey"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateConfig"];
            };
        };
        responses: {
            /** @description The entry as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_policy": "control_plane_only",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "key": "API_KEY",
                     *       "sensitive": true,
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "value": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["ConfigEntry"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_app_events: {
        parameters: {
            query?: {
                /** @description Only newer ones, oldest first. */
                after?: components["schemas"]["EventId"];
                /** @description Only events about this app. */
                app_id?: components["schemas"]["AppId"];
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["EventId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                /** @description Only events of this operation. */
                operation_id?: components["schemas"]["OperationId"];
                /** @description Only events about this sandbox. */
                sandbox_id?: components["schemas"]["SandboxId"];
                /** @description Only events of this severity. */
                severity?: components["schemas"]["Severity"];
                /** @description Only events about this snapshot. */
                snapshot_id?: components["schemas"]["SnapshotId"];
                /** @description Only events about this task. */
                task_id?: components["schemas"]["TaskId"];
                /**
                 * @description Only events of these types, such as `sandbox.started`, and families, such as `sandbox.*`,
                 *     separated by commas.
                 * @example sandbox.*,app.created
                 */
                type?: string;
            };
            header?: {
                /** @description The last event that a stream had, to go on after. */
                "Last-Event-ID"?: components["schemas"]["EventId"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or the stream */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "attempt": 1,
                     *           "created_at": "2026-01-31T12:00:04.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "message": "Sandbox started",
                     *           "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
                     *           "payload": {
                     *             "reason": "api"
                     *           },
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "severity": "info",
                     *           "type": "sandbox.started"
                     *         }
                     *       ],
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "pruned_through": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *     }
                     */
                    "application/json": components["schemas"]["EventList"];
                    /**
                     * @example id: 01JD4X8QK3M5N7P9R1S3T5V7W9
                     *     event: app.created
                     *     data: {…}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    explore_app: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExploreApp"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    fork_app: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForkApp"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    restore_app: {
        parameters: {
            query?: {
                /** @description Cancels a task that is under way; otherwise that is 409 `task_in_progress`. */
                force?: boolean;
            };
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreApp"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    create_app_sandbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CreateAppSandbox"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    list_app_snapshots: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["SnapshotId"];
                kind?: components["schemas"]["SnapshotKind"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "snapshots": [
                     *         {
                     *           "base_image": "sandboxd-base:0.1.0",
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "kind": "manual",
                     *           "name": "before the redesign",
                     *           "parent_snapshot_id": null,
                     *           "size_bytes": 41213952,
                     *           "source_app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "source_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "status": "ready",
                     *           "task_id": null,
                     *           "unique_bytes": 8192
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SnapshotList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_app_tasks: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["TaskId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                status?: components["schemas"]["TaskStatus"];
            };
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "tasks": [
                     *         {
                     *           "agent": "opencode",
                     *           "agent_message_final": "The heading is blue now.",
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "build_error_message": null,
                     *           "build_ok": true,
                     *           "checkpoint_after": "01JD4X8QK3M5N7P9R1S3T5V7W4",
                     *           "checkpoint_before": "01JD4X8QK3M5N7P9R1S3T5V7W5",
                     *           "command": null,
                     *           "continue_task_id": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "duration_ms": 41250,
                     *           "error_message": null,
                     *           "failure_reason": null,
                     *           "files_changed": [
                     *             "src/App.css"
                     *           ],
                     *           "finished_at": "2026-01-31T12:00:42.250Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "model": null,
                     *           "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
                     *           "preview_status_after": "ready",
                     *           "prompt": "Make the heading blue",
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "started_at": "2026-01-31T12:00:01.000Z",
                     *           "status": "succeeded",
                     *           "timeout_ms": 1800000,
                     *           "usage": {
                     *             "input_tokens": 1200,
                     *             "output_tokens": 340
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    get_app_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the app */
                id: components["schemas"]["AppId"];
                /** @description The id of the task */
                task_id: components["schemas"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskResult"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description Of one action, such as `create_app`. */
                action?: components["schemas"]["SearchText"];
                /** @description Of one actor, such as `token:ci`. */
                actor?: components["schemas"]["SearchText"];
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["AuditId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "audit": [
                     *         {
                     *           "action": "delete_app",
                     *           "actor": "token:ci",
                     *           "created_at": "2026-11-24T08:30:00.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7WA",
                     *           "method": "DELETE",
                     *           "peer": "127.0.0.1",
                     *           "request_id": "01JD4X8QK3M5N7P9R1S3T5V7WB",
                     *           "route": "/v1/apps/{id}",
                     *           "status": 202,
                     *           "targets": {
                     *             "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *           }
                     *         }
                     *       ],
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *     }
                     */
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description Only newer ones, oldest first. */
                after?: components["schemas"]["EventId"];
                /** @description Only events about this app. */
                app_id?: components["schemas"]["AppId"];
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["EventId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                /** @description Only events of this operation. */
                operation_id?: components["schemas"]["OperationId"];
                /** @description Only events about this sandbox. */
                sandbox_id?: components["schemas"]["SandboxId"];
                /** @description Only events of this severity. */
                severity?: components["schemas"]["Severity"];
                /** @description Only events about this snapshot. */
                snapshot_id?: components["schemas"]["SnapshotId"];
                /** @description Only events about this task. */
                task_id?: components["schemas"]["TaskId"];
                /**
                 * @description Only events of these types, such as `sandbox.started`, and families, such as `sandbox.*`,
                 *     separated by commas.
                 * @example sandbox.*,app.created
                 */
                type?: string;
            };
            header?: {
                /** @description The last event that a stream had, to go on after. */
                "Last-Event-ID"?: components["schemas"]["EventId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or the stream */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "attempt": 1,
                     *           "created_at": "2026-01-31T12:00:04.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "message": "Sandbox started",
                     *           "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
                     *           "payload": {
                     *             "reason": "api"
                     *           },
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "severity": "info",
                     *           "type": "sandbox.started"
                     *         }
                     *       ],
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "pruned_through": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *     }
                     */
                    "application/json": components["schemas"]["EventList"];
                    /**
                     * @example id: 01JD4X8QK3M5N7P9R1S3T5V7W9
                     *     event: app.created
                     *     data: {…}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_operations: {
        parameters: {
            query?: {
                app_id?: components["schemas"]["AppId"];
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["OperationId"];
                kind?: components["schemas"]["OperationKind"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                sandbox_id?: components["schemas"]["SandboxId"];
                status?: components["schemas"]["OperationStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "operations": [
                     *         {
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "attempt": 1,
                     *           "cancel_requested": false,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "error": null,
                     *           "finished_at": null,
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "kind": "sandbox.create",
                     *           "max_attempts": 3,
                     *           "progress": {
                     *             "done": 2,
                     *             "message": "Starting the container",
                     *             "step": "start_container",
                     *             "total": 3
                     *           },
                     *           "queue_ms": 4,
                     *           "result": null,
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "snapshot_id": null,
                     *           "started_at": "2026-01-31T12:00:00.004Z",
                     *           "status": "running",
                     *           "steps": [
                     *             {
                     *               "duration_ms": 9,
                     *               "name": "create_workspace",
                     *               "started_at": "2026-01-31T12:00:00.004Z",
                     *               "status": "succeeded"
                     *             }
                     *           ],
                     *           "task_id": null,
                     *           "worker": "worker-1"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OperationList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    get_operation: {
        parameters: {
            query?: {
                /**
                 * @description How long to wait for its end: a duration of at most 60s, such as "30s".
                 * @example 30s
                 */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description The id of the operation */
                id: components["schemas"]["OperationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The operation */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    cancel_operation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the operation */
                id: components["schemas"]["OperationId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelOperation"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_queues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "queues": [
                     *         {
                     *           "depth": 1,
                     *           "ended_per_minute": 1,
                     *           "failed_per_minute": 1,
                     *           "node": "node-1",
                     *           "oldest_age_ms": 1,
                     *           "oldest_queued_at": "2026-01-31T12:00:00.000Z",
                     *           "queue": "control",
                     *           "running": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["QueueList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    get_quotas: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "quotas": {
                     *         "disk_bytes": {
                     *           "limit": 200,
                     *           "used": 3
                     *         },
                     *         "operations_per_minute": {
                     *           "limit": 200,
                     *           "used": 3
                     *         },
                     *         "requests_per_minute": {
                     *           "limit": 200,
                     *           "used": 3
                     *         },
                     *         "running": {
                     *           "limit": 200,
                     *           "used": 3
                     *         },
                     *         "sandboxes": {
                     *           "limit": 200,
                     *           "used": 3
                     *         },
                     *         "snapshots": {
                     *           "limit": 200,
                     *           "used": 3
                     *         },
                     *         "tasks": {
                     *           "limit": 200,
                     *           "used": 3
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["QuotaList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_sandboxes: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["SandboxId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "sandboxes": [
                     *         {
                     *           "active_operation_id": null,
                     *           "active_task_id": null,
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "base_snapshot_id": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "generation": 1,
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "idle_after": "35m",
                     *           "idle_policy": "sleep",
                     *           "last_active_at": "2026-01-31T12:00:04.000Z",
                     *           "limits": {
                     *             "cpus": 2,
                     *             "disk_bytes": 10737418240,
                     *             "memory_bytes": 2147483648,
                     *             "pids": 1024
                     *           },
                     *           "ports": [
                     *             3000
                     *           ],
                     *           "preview": {
                     *             "last_checked_at": "2026-01-31T12:00:09.000Z",
                     *             "last_http_status": 200,
                     *             "status": "ready",
                     *             "url": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.localhost:18080/",
                     *             "urls": {
                     *               "3000": "http://s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.localhost:18080/"
                     *             }
                     *           },
                     *           "status": "running",
                     *           "status_reason": null,
                     *           "template": "react-standard",
                     *           "updated_at": "2026-01-31T12:00:04.000Z",
                     *           "visibility": "public"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SandboxList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    create_sandbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSandbox"];
            };
        };
        responses: {
            /** @description The sandbox that the project has */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sandbox"];
                };
            };
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    get_sandbox: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sandbox */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sandbox"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_sandbox: {
        parameters: {
            query?: {
                /** @description Cancels a task that is under way; otherwise that is 409 `task_in_progress`. */
                force?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    update_sandbox: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateSandbox"];
            };
        };
        responses: {
            /** @description The sandbox as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sandbox"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    exec_command: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Exec"];
            };
        };
        responses: {
            /** @description What it said, or says */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecResult"];
                    /** @example {"text":"ok","type":"stdout"} */
                    "application/x-ndjson": string;
                    /**
                     * @example event: stdout
                     *     data: {"text":"ok"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    export_files: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example … */
                    "application/zip": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            /** @description There is more than an archive may hold */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": {
                     *         "code": "invalid_request",
                     *         "details": {},
                     *         "message": "text",
                     *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *         "retryable": true
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    list_files: {
        parameters: {
            query?: {
                /**
                 * @description A folder, from the app folder; the app folder itself if not given.
                 * @example src
                 */
                path?: string;
                /** @description What is in its folders, too. */
                recursive?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is there */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "entries": [
                     *         {
                     *           "mode": "0644",
                     *           "modified_at": "2026-01-02T03:04:05.678Z",
                     *           "path": "src/App.tsx",
                     *           "size": 512,
                     *           "type": "file"
                     *         }
                     *       ],
                     *       "truncated": true
                     *     }
                     */
                    "application/json": components["schemas"]["FileList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_files: {
        parameters: {
            query: {
                /**
                 * @description From the app folder.
                 * @example src/old.js
                 */
                path: string;
                /** @description A folder with what is in it. */
                recursive?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    read_file: {
        parameters: {
            query: {
                /**
                 * @description From the app folder.
                 * @example src/App.tsx
                 */
                path: string;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example … */
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    write_file: {
        parameters: {
            query: {
                /**
                 * @description Its permission bits, in octal such as 755; a file that is there keeps its own, a new one
                 *     gets 644.
                 * @example 644
                 */
                mode?: string;
                /**
                 * @description From the app folder; folders on the way are made.
                 * @example src/App.tsx
                 */
                path: string;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example … */
                "application/octet-stream": string | Uint8Array<ArrayBuffer> | Blob;
            };
        };
        responses: {
            /** @description It has new bytes */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WrittenFile"];
                };
            };
            /** @description It is new */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WrittenFile"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            /** @description It is larger than 25 MiB */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": {
                     *         "code": "invalid_request",
                     *         "details": {},
                     *         "message": "text",
                     *         "request_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *         "retryable": true
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    read_logs: {
        parameters: {
            query?: {
                /** @description How much of what was printed, in bytes, at most 65536. */
                bytes?: number;
                /** @description What is printed from now on, too. */
                follow?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was printed, and what is */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: log
                     *     data: {"text":"ready"}
                     */
                    "text/event-stream": string;
                    /** @example ready on port 3000 */
                    "text/plain": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    create_preview_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CreatePreviewToken"];
            };
        };
        responses: {
            /** @description The link */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewLink"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_preview_tokens: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["PreviewTokenId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "preview_tokens": [
                     *         {
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "expires_at": "2026-01-31T13:00:00.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "port": 3000,
                     *           "revoked_at": null,
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PreviewTokenList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    revoke_preview_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
                /** @description The id of the preview token */
                token_id: components["schemas"]["PreviewTokenId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It opens nothing any more */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    start_sandbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StartSandbox"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    stop_sandbox: {
        parameters: {
            query?: {
                /** @description Cancels a task that is under way; otherwise that is 409 `task_in_progress`. */
                force?: boolean;
            };
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StopSandbox"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    list_tasks: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["TaskId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                status?: components["schemas"]["TaskStatus"];
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "tasks": [
                     *         {
                     *           "agent": "opencode",
                     *           "agent_message_final": "The heading is blue now.",
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "build_error_message": null,
                     *           "build_ok": true,
                     *           "checkpoint_after": "01JD4X8QK3M5N7P9R1S3T5V7W4",
                     *           "checkpoint_before": "01JD4X8QK3M5N7P9R1S3T5V7W5",
                     *           "command": null,
                     *           "continue_task_id": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "duration_ms": 41250,
                     *           "error_message": null,
                     *           "failure_reason": null,
                     *           "files_changed": [
                     *             "src/App.css"
                     *           ],
                     *           "finished_at": "2026-01-31T12:00:42.250Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "model": null,
                     *           "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
                     *           "preview_status_after": "ready",
                     *           "prompt": "Make the heading blue",
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "started_at": "2026-01-31T12:00:01.000Z",
                     *           "status": "succeeded",
                     *           "timeout_ms": 1800000,
                     *           "usage": {
                     *             "input_tokens": 1200,
                     *             "output_tokens": 340
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    run_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunTask"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    get_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
                /** @description The id of the task */
                task_id: components["schemas"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskResult"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    cancel_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
                /** @description The id of the task */
                task_id: components["schemas"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelTask"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    follow_task: {
        parameters: {
            query?: {
                /** @description Only what comes after the piece with this `seq`. */
                after?: number;
                /** @description How many at most, 50 if not said; of a page only. */
                limit?: number;
            };
            header?: {
                /** @description The last piece that a stream had, to go on after. */
                "Last-Event-ID"?: number;
            };
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
                /** @description The id of the task */
                task_id: components["schemas"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream, or a page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "data": {},
                     *           "seq": 1,
                     *           "type": "status"
                     *         }
                     *       ],
                     *       "next_after": 1
                     *     }
                     */
                    "application/json": components["schemas"]["TaskOutputList"];
                    /**
                     * @example id: 2
                     *     event: message
                     *     data: {"seq":2,"type":"message",…}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description The task has ended, and the client has had all of it */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    open_terminal: {
        parameters: {
            query?: {
                /** @description 1 to 1000; 80 if not given. */
                cols?: number;
                /** @description 1 to 1000; 24 if not given. */
                rows?: number;
            };
            header?: never;
            path: {
                /** @description The id of the sandbox */
                id: components["schemas"]["SandboxId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The shell runs, and the connection is a WebSocket */
            101: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    create_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSession"];
            };
        };
        responses: {
            /** @description Signed in */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    /** @description The session */
                    "Set-Cookie"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewSession"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has ended */
            204: {
                headers: {
                    /** @description Takes the cookie away */
                    "Set-Cookie"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_snapshots: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["SnapshotId"];
                kind?: components["schemas"]["SnapshotKind"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "snapshots": [
                     *         {
                     *           "base_image": "sandboxd-base:0.1.0",
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "kind": "manual",
                     *           "name": "before the redesign",
                     *           "parent_snapshot_id": null,
                     *           "size_bytes": 41213952,
                     *           "source_app_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "source_sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "status": "ready",
                     *           "task_id": null,
                     *           "unique_bytes": 8192
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SnapshotList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    capture_snapshot: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaptureSnapshot"];
            };
        };
        responses: {
            202: components["responses"]["Accepted"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            502: components["responses"]["SandboxUnavailable"];
            503: components["responses"]["Capacity"];
        };
    };
    get_snapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the snapshot */
                id: components["schemas"]["SnapshotId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The snapshot with its sizes */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_snapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the snapshot */
                id: components["schemas"]["SnapshotId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    rename_snapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the snapshot */
                id: components["schemas"]["SnapshotId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RenameSnapshot"];
            };
        };
        responses: {
            /** @description The snapshot as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    diff_snapshots: {
        parameters: {
            query: {
                /** @description The snapshot to compare with, which may be of another app. */
                against: components["schemas"]["SnapshotId"];
                /**
                 * @description Also what is in folders named `.git` and `node_modules`, and in those that the app's own
                 *     `.gitignore` names.
                 */
                all?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the snapshot */
                id: components["schemas"]["SnapshotId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What differs */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotDiff"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    read_snapshot_file: {
        parameters: {
            query: {
                /**
                 * @description From the app folder.
                 * @example src/App.tsx
                 */
                path: string;
            };
            header?: never;
            path: {
                /** @description The id of the snapshot */
                id: components["schemas"]["SnapshotId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example … */
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_task_events: {
        parameters: {
            query?: {
                /** @description Only newer ones, oldest first. */
                after?: components["schemas"]["EventId"];
                /** @description Only events about this app. */
                app_id?: components["schemas"]["AppId"];
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["EventId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                /** @description Only events of this operation. */
                operation_id?: components["schemas"]["OperationId"];
                /** @description Only events about this sandbox. */
                sandbox_id?: components["schemas"]["SandboxId"];
                /** @description Only events of this severity. */
                severity?: components["schemas"]["Severity"];
                /** @description Only events about this snapshot. */
                snapshot_id?: components["schemas"]["SnapshotId"];
                /** @description Only events about this task. */
                task_id?: components["schemas"]["TaskId"];
                /**
                 * @description Only events of these types, such as `sandbox.started`, and families, such as `sandbox.*`,
                 *     separated by commas.
                 * @example sandbox.*,app.created
                 */
                type?: string;
            };
            header?: {
                /** @description The last event that a stream had, to go on after. */
                "Last-Event-ID"?: components["schemas"]["EventId"];
            };
            path: {
                /** @description The id of the task */
                id: components["schemas"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or the stream */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W8",
                     *           "attempt": 1,
                     *           "created_at": "2026-01-31T12:00:04.000Z",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "message": "Sandbox started",
                     *           "operation_id": "01JD4X8QK3M5N7P9R1S3T5V7W6",
                     *           "payload": {
                     *             "reason": "api"
                     *           },
                     *           "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "severity": "info",
                     *           "type": "sandbox.started"
                     *         }
                     *       ],
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "pruned_through": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *     }
                     */
                    "application/json": components["schemas"]["EventList"];
                    /**
                     * @example id: 01JD4X8QK3M5N7P9R1S3T5V7W9
                     *     event: app.created
                     *     data: {…}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_webhooks: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["WebhookId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "webhooks": [
                     *         {
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "enabled": true,
                     *           "events": [
                     *             "sandbox.*",
                     *             "app.created"
                     *           ],
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "updated_at": "2026-01-31T12:00:00.000Z",
                     *           "url": "https://hooks.example.com/sandboxd"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    create_webhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWebhook"];
            };
        };
        responses: {
            /** @description It gets events from now on */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "enabled": true,
                     *       "events": [
                     *         "sandbox.*",
                     *         "app.created"
                     *       ],
                     *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "url": "https://hooks.example.com/sandboxd"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    get_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    delete_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    update_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateWebhook"];
            };
        };
        responses: {
            /** @description The webhook as it is now */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_webhook_deliveries: {
        parameters: {
            query?: {
                /** @description Only older ones: `next_before` of the page before */
                before?: components["schemas"]["DeliveryId"];
                /** @description How many at most */
                limit?: components["parameters"]["Limit"];
                status?: components["schemas"]["DeliveryStatus"];
            };
            header?: never;
            path: {
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deliveries": [
                     *         {
                     *           "attempted_at": "2026-01-31T12:00:01.000Z",
                     *           "attempts": 1,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "duration_ms": 48,
                     *           "error": "the receiver answered 503",
                     *           "event_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *           "message_id": "01JD4X8QK3M5N7P9R1S3T5V7W7",
                     *           "next_attempt_at": "2026-01-31T12:00:06.000Z",
                     *           "response_excerpt": "Back soon",
                     *           "response_status": 503,
                     *           "status": "pending",
                     *           "type": "sandbox.started",
                     *           "webhook_id": "01JD4X8QK3M5N7P9R1S3T5V7W8"
                     *         }
                     *       ],
                     *       "next_before": "01JD4X8QK3M5N7P9R1S3T5V7W9"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    get_webhook_delivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the delivery */
                delivery_id: components["schemas"]["DeliveryId"];
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    redeliver_webhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the delivery */
                delivery_id: components["schemas"]["DeliveryId"];
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Redeliver"];
            };
        };
        responses: {
            /** @description The new delivery */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    rotate_webhook_secret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateSecret"];
            };
        };
        responses: {
            /** @description The webhook with its new secret */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "enabled": true,
                     *       "events": [
                     *         "sandbox.*",
                     *         "app.created"
                     *       ],
                     *       "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "url": "https://hooks.example.com/sandboxd"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    test_webhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request answer like the first one, for 24 hours */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the webhook */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TestWebhook"];
            };
        };
        responses: {
            /** @description The delivery */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyMismatch"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
    list_workers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "nodes": [
                     *         {
                     *           "driver": "overlay",
                     *           "driver_reason": "overlay mounts work here",
                     *           "engine_error": null,
                     *           "firewall": "unknown",
                     *           "firewall_error": null,
                     *           "name": "node-1"
                     *         }
                     *       ],
                     *       "workers": [
                     *         {
                     *           "alive": true,
                     *           "name": "worker-1",
                     *           "node": "node-1",
                     *           "operations": [
                     *             {
                     *               "app_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *               "attempt": 1,
                     *               "id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *               "kind": "sandbox.create",
                     *               "lease_until": "2026-01-31T12:00:00.000Z",
                     *               "sandbox_id": "01JD4X8QK3M5N7P9R1S3T5V7W9",
                     *               "started_at": "2026-01-31T12:00:00.000Z"
                     *             }
                     *           ],
                     *           "queues": [
                     *             "control"
                     *           ],
                     *           "running": 0,
                     *           "seen_at": "2026-01-31T12:00:00.000Z",
                     *           "started_at": "2026-01-31T12:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WorkerList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Capacity"];
        };
    };
}
