/* Incoming streams: arrival order, loss, jitter, the packet cache; and which slots carry them. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

stream *find_stream(const sfu_core *core, int64_t handle) { return map_get(&core->streams, (uint64_t)handle); }

/* ---------------------------------------------------------------- order */
int stream_late(stream *source, uint16_t sequence, uint16_t step)
{
    const record *known = source->ring ? &source->ring[sequence % CACHE_PACKETS] : NULL;
    if (step == 0 || !known || 0x10000 - step >= CACHE_PACKETS || (known->state != EMPTY && known->sequence == sequence)) {
        source->stats.duplicates++;
        return DUPLICATE;
    }
    return LATE;
}

static void count_jitter(stream *source, int64_t transit)
{
    int64_t change = transit - source->transit;
    change = change < 0 ? -change : change;
    source->transit = transit;
    if (change < 0x4000000) { /* not across a timestamp wraparound */
        int64_t sixteen = change - source->stats.jitter;
        source->stats.jitter += sixteen >= 0 ? sixteen / 16 : -((15 - sixteen) / 16); /* rounded down */
    }
}

int stream_arrive(stream *source, uint16_t sequence, uint32_t timestamp, double now)
{
    int64_t transit = (int64_t)(now * (double)source->clock_rate) - (int64_t)timestamp;
    if (source->highest < 0) {
        source->stats.first = source->highest = source->tail = sequence;
        source->gap = 0;
        source->transit = transit;
    } else {
        uint16_t step = (uint16_t)(sequence - source->highest);
        if (step == 0 || step >= 0x8000)
            return stream_late(source, sequence, step);
        source->highest += step;
        source->gap = step - 1;
        count_jitter(source, transit);
    }
    source->timestamp = timestamp;
    source->stats.last_at = now;
    return NEWEST;
}

/* ---------------------------------------------------------------- cache */
static void forget_payload(record *held)
{
    free((void *)held->payload);
    held->payload = NULL;
    held->size = 0;
    held->state = KNOWN;
}

void stream_keep(stream *source, const record *packet)
{
    if (source->keeps && !source->ring)
        source->ring = calloc(CACHE_PACKETS, sizeof *source->ring);
    if (!source->ring)
        return;
    record *kept = &source->ring[packet->sequence % CACHE_PACKETS];
    forget_payload(kept);
    uint8_t *copy = malloc(packet->size ? (size_t)packet->size : 1);
    *kept = *packet;
    kept->payload = copy;
    kept->state = copy ? HELD : KNOWN;
    if (copy)
        memcpy(copy, packet->payload, (size_t)packet->size);
}

const record *stream_cached(const stream *source, uint16_t sequence)
{
    const record *kept = source->ring ? &source->ring[sequence % CACHE_PACKETS] : NULL;
    return kept && kept->state == HELD && kept->sequence == sequence ? kept : NULL;
}

/* Let the payloads of packets older than a second go; their numbers stay to tell duplicates. */
static void expire(stream *source, double now)
{
    if (!source->ring)
        return;
    if (source->tail < source->highest - CACHE_PACKETS + 1)
        source->tail = source->highest - CACHE_PACKETS + 1;
    for (; source->tail <= source->highest; source->tail++) {
        record *kept = source->tail >= 0 ? &source->ring[source->tail % CACHE_PACKETS] : NULL;
        if (kept && kept->state == HELD) {
            if (now - kept->at < CACHE_SECONDS)
                return;
            forget_payload(kept);
        }
    }
}

void sfu_expire(sfu_core *core, double now)
{
    for (size_t at = 0; at < core->streams.size; at++)
        if (core->streams.entries[at].value)
            expire(core->streams.entries[at].value, now);
}

/* ---------------------------------------------------------------- taps */
int sfu_tap(sfu_core *core, int64_t handle, int on)
{
    stream *source = find_stream(core, handle);
    if (!source)
        return -1;
    source->tapped = on;
    return 0;
}

int sfu_repeat(sfu_core *core, int64_t handle, const uint16_t *sequences, int count)
{
    int done = 0;
    const stream *source = find_stream(core, handle);
    if (!source)
        return -1;
    for (int at = 0; at < count && (source = find_stream(core, handle)); at++) {
        const record *kept = stream_cached(source, sequences[at]);
        if (!kept)
            continue;
        core->handler.tapped(core->owner, handle, kept->marker != 0, kept->sequence, kept->timestamp, kept->payload, kept->size);
        done++;
    }
    return done;
}

/* ---------------------------------------------------------------- coming and going */
static void free_stream(stream *gone)
{
    for (int at = 0; gone->ring && at < CACHE_PACKETS; at++)
        if (gone->ring[at].payload)
            free((void *)gone->ring[at].payload);
    free(gone->ring);
    free(gone->slots.items);
    free(gone->waiting.items);
    free(gone);
}

static stream *make_stream(const sfu_stream_spec *spec, stream *rtx_of)
{
    stream *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->ssrc = spec->ssrc;
    made->audio = spec->audio;
    made->clock_rate = spec->clock_rate;
    made->level_id = spec->level_id;
    made->rtx_of = rtx_of;
    made->highest = made->stats.first = -1;
    made->keeps = !rtx_of;
    return made;
}

int sfu_add_stream(sfu_core *core, int64_t handle, int64_t connection_handle, const sfu_stream_spec *spec, const int64_t *rtx_of)
{
    connection *from = find_connection(core, connection_handle);
    stream *repaired = rtx_of ? find_stream(core, *rtx_of) : NULL;
    if (!from || (rtx_of && (!repaired || repaired->from != from)) || find_stream(core, handle))
        return -1;
    stream *made = make_stream(spec, repaired);
    if (!made)
        return -1;
    made->handle = handle;
    made->from = from;
    if (map_put(&core->streams, (uint64_t)handle, made) || map_put(&core->by_ssrc, ssrc_key(from, spec->ssrc), made)) {
        map_remove(&core->streams, (uint64_t)handle);
        free_stream(made);
        return -1;
    }
    made->sibling = from->streams;
    from->streams = made;
    return 0;
}

static void disown(stream *gone)
{
    stream **link = &gone->from->streams;
    while (*link != gone)
        link = &(*link)->sibling;
    *link = gone->sibling;
}

static stream *repair_of(const connection *from, const stream *repaired)
{
    stream *found = from->streams;
    while (found && found->rtx_of != repaired)
        found = found->sibling;
    return found;
}

void drop_stream(sfu_core *core, stream *gone)
{
    map_remove(&core->streams, (uint64_t)gone->handle);
    uint64_t key = ssrc_key(gone->from, gone->ssrc);
    if (map_get(&core->by_ssrc, key) == gone)
        map_remove(&core->by_ssrc, key);
    disown(gone);
    for (stream *repair; (repair = repair_of(gone->from, gone));)
        drop_stream(core, repair);
    while (gone->slots.count)
        slot_unlink(gone->slots.items[0]);
    for (int at = 0; at < gone->waiting.count; at++)
        gone->waiting.items[at]->target = NULL;
    free_stream(gone);
}

int sfu_drop_stream(sfu_core *core, int64_t handle)
{
    stream *gone = find_stream(core, handle);
    if (!gone)
        return -1;
    drop_stream(core, gone);
    return 0;
}

/* ---------------------------------------------------------------- what is told of them */
int sfu_waited_for(const sfu_core *core, int64_t handle)
{
    const stream *source = find_stream(core, handle);
    return source ? source->waiting.count > 0 : -1;
}

int sfu_take_level(sfu_core *core, int64_t handle, int64_t *packets, int *level)
{
    stream *source = find_stream(core, handle);
    if (!source)
        return -1;
    *packets = source->level_packets;
    *level = source->level_packets && source->level_id ? (int)(source->level_sum / source->level_packets) : -1;
    source->level_packets = source->level_sum = 0;
    return 0;
}

int sfu_read_stream(const sfu_core *core, int64_t handle, sfu_stream_stats *stats)
{
    const stream *source = find_stream(core, handle);
    if (!source)
        return -1;
    *stats = source->stats;
    stats->highest = source->highest;
    return 0;
}
