/* The core as a whole, and its connections: addresses that lead to them, contexts, life and death. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

connection *find_connection(const sfu_core *core, int64_t handle) { return map_get(&core->connections, (uint64_t)handle); }

/* ---------------------------------------------------------------- the core */
sfu_core *sfu_new(const sfu_world *world, const sfu_handler *handler, void *owner)
{
    sfu_core *core = calloc(1, sizeof *core);
    if (!core || world->name_length < 1 || world->name_length > SOCKADDR) {
        free(core);
        return NULL;
    }
    core->world = *world;
    core->handler = *handler;
    core->owner = owner;
    map *tables[] = {&core->connections, &core->streams, &core->slots, &core->by_ssrc, &core->by_address};
    for (size_t at = 0; at < sizeof tables / sizeof *tables; at++)
        tables[at]->seed = world->seed;
    core->in = inbox_new(world->name_length);
    if (!core->in || outbox_make(&core->out)) {
        sfu_free(core);
        return NULL;
    }
    return core;
}

static void free_connection(sfu_core *core, connection *gone);

void sfu_free(sfu_core *core)
{
    if (!core)
        return;
    for (size_t at = 0; at < core->connections.size; at++)
        if (core->connections.entries[at].value)
            free_connection(core, core->connections.entries[at].value);
    map *tables[] = {&core->connections, &core->streams, &core->slots, &core->by_ssrc, &core->by_address};
    for (size_t at = 0; at < sizeof tables / sizeof *tables; at++)
        map_free(tables[at]);
    inbox_free(core->in);
    outbox_free(&core->out);
    free(core);
}

const sfu_counters *sfu_count(const sfu_core *core) { return &core->counters; }

/* ---------------------------------------------------------------- addresses */
static uint64_t hash(const sfu_core *core, const uint8_t *name)
{
    uint64_t words[SOCKADDR / 8] = {0}, mixed = core->world.seed;
    memcpy(words, name, (size_t)core->world.name_length);
    for (int at = 0; at < SOCKADDR / 8; at++)
        mixed = map_mix(mixed ^ words[at]);
    return mixed;
}

static origin *find_origin(const sfu_core *core, const uint8_t *name)
{
    origin *found = map_get(&core->by_address, hash(core, name));
    while (found && memcmp(found->name, name, (size_t)core->world.name_length) != 0)
        found = found->next;
    return found;
}

connection *owner_of(const sfu_core *core, const uint8_t *name)
{
    const origin *found = find_origin(core, name);
    return found ? found->owner : NULL;
}

static int take_origin(sfu_core *core, const uint8_t *name, connection *owner)
{
    origin *found = find_origin(core, name);
    if (!found) {
        found = calloc(1, sizeof *found);
        if (!found)
            return -1;
        memcpy(found->name, name, (size_t)core->world.name_length);
        found->next = map_get(&core->by_address, hash(core, name));
        if (map_put(&core->by_address, hash(core, name), found)) {
            free(found);
            return -1;
        }
    }
    found->owner = owner;
    return 0;
}

static void forget_origin(sfu_core *core, origin *gone)
{
    uint64_t key = hash(core, gone->name);
    origin *head = map_get(&core->by_address, key);
    if (head != gone) {
        while (head->next != gone)
            head = head->next;
        head->next = gone->next;
    } else if (gone->next) {
        map_put(&core->by_address, key, gone->next); /* the place is there: this cannot fail */
    } else {
        map_remove(&core->by_address, key);
    }
    free(gone);
}

/* The address leads to the connection no more, unless it was accepted again or has another owner. */
static void refuse(sfu_core *core, const connection *conn, const uint8_t *name)
{
    origin *found = find_origin(core, name);
    if (!found || found->owner != conn)
        return;
    for (int at = 0; at < conn->accepted_count; at++)
        if (!memcmp(conn->accepted[at], name, (size_t)core->world.name_length))
            return;
    forget_origin(core, found);
}

int sfu_accept_from(sfu_core *core, int64_t handle, const uint8_t *name)
{
    connection *conn = find_connection(core, handle);
    if (!conn)
        return -1;
    if (owner_of(core, name) == conn)
        return 0;
    if (take_origin(core, name, conn))
        return -1;
    memcpy(conn->accepted[conn->accepted_count++], name, (size_t)core->world.name_length);
    if (conn->accepted_count > ADDRESSES_KEPT) {
        uint8_t old[SOCKADDR];
        memcpy(old, conn->accepted[0], sizeof old);
        conn->accepted_count--;
        memmove(conn->accepted, conn->accepted + 1, (size_t)conn->accepted_count * sizeof conn->accepted[0]);
        refuse(core, conn, old);
    }
    return 0;
}

int sfu_send_to(sfu_core *core, int64_t handle, const uint8_t *name)
{
    connection *conn = find_connection(core, handle);
    if (!conn)
        return -1;
    memcpy(conn->at.name, name, (size_t)core->world.name_length);
    conn->at.whole = 0;
    return 0;
}

/* ---------------------------------------------------------------- life */
int sfu_open(sfu_core *core, int64_t handle)
{
    connection *made = find_connection(core, handle) ? NULL : calloc(1, sizeof *made);
    if (!made || map_put(&core->connections, (uint64_t)handle, made)) {
        free(made);
        return -1;
    }
    made->handle = handle;
    made->number = core->connections_made++;
    made->ssrcs.seed = core->world.seed;
    return 0;
}

int sfu_secure(sfu_core *core, int64_t handle, void *receive, void *send)
{
    connection *conn = find_connection(core, handle);
    if (!conn)
        return -1;
    conn->receive = receive;
    conn->send = send;
    return 0;
}

double sfu_last_seen(const sfu_core *core, int64_t handle)
{
    const connection *conn = find_connection(core, handle);
    return conn ? conn->last_seen : -1.0;
}

static void free_connection(sfu_core *core, connection *gone)
{
    while (gone->accepted_count) {
        uint8_t name[SOCKADDR];
        memcpy(name, gone->accepted[--gone->accepted_count], sizeof name);
        refuse(core, gone, name);
    }
    while (gone->streams)
        drop_stream(core, gone->streams);
    drop_slots(core, gone);
    map_free(&gone->ssrcs);
    free(gone);
}

int sfu_close(sfu_core *core, int64_t handle)
{
    connection *gone = find_connection(core, handle);
    if (!gone)
        return -1;
    sfu_flush(core); /* what is collected still points at this connection's address */
    map_remove(&core->connections, (uint64_t)handle);
    free_connection(core, gone);
    return 0;
}
