/* Outgoing streams whose source and layer change while their numbering never breaks; see signaling/sfu/core/slot.py. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

slot *find_slot(const sfu_core *core, int64_t handle) { return map_get(&core->slots, (uint64_t)handle); }

/* ---------------------------------------------------------------- lists, in the order of joining */
int list_reserve(slot_list *list)
{
    if (list->count < list->room)
        return 0;
    int room = list->room ? 2 * list->room : 8;
    slot **items = realloc(list->items, (size_t)room * sizeof *items);
    if (!items)
        return -1;
    list->items = items;
    list->room = room;
    return 0;
}

void list_remove(slot_list *list, const slot *gone)
{
    int at = 0;
    while (at < list->count && list->items[at] != gone)
        at++;
    if (at == list->count)
        return;
    list->count--;
    memmove(list->items + at, list->items + at + 1, (size_t)(list->count - at) * sizeof *list->items);
}

/* ---------------------------------------------------------------- numbering */
static const epoch *present_epoch(const slot *outgoing) { return &outgoing->epochs[outgoing->epoch_count - 1]; }

/* The newest outgoing number, and the offset of the pictures. The slot has a source. */
static uint16_t newest(const slot *outgoing)
{
    return outgoing->thin ? outgoing->thin->out : (uint16_t)(outgoing->source->highest + present_epoch(outgoing)->sequence);
}

static uint16_t picture_offset(const slot *outgoing)
{
    return outgoing->thin ? outgoing->thin->picture : present_epoch(outgoing)->picture;
}

static void add_sent(const slot *outgoing, sfu_slot_stats *stats)
{
    const stream *source = outgoing->source;
    if (!source)
        return;
    stats->packets += outgoing->thin ? outgoing->thin->packets : source->stats.packets - outgoing->marked_packets;
    stats->octets += outgoing->thin ? outgoing->thin->octets : source->stats.octets - outgoing->marked_octets;
}

/* Put what the present epoch has sent into the counters. */
static void count(slot *outgoing)
{
    add_sent(outgoing, &outgoing->stats);
    outgoing->marked_packets = outgoing->source->stats.packets;
    outgoing->marked_octets = outgoing->source->stats.octets;
}

/* Forget the beginning of a long epoch, and all before it: nothing of that is kept anywhere. */
void slot_shorten(slot *outgoing)
{
    const stream *source = outgoing->source;
    if (!source || source->highest - present_epoch(outgoing)->since < LONG_EPOCH)
        return;
    epoch kept = *present_epoch(outgoing);
    kept.since = source->highest - SHORT_EPOCH;
    kept.source_start = (uint16_t)kept.since;
    kept.start = (uint16_t)(newest(outgoing) - SHORT_EPOCH);
    kept.continued = 0;
    for (int at = 0; at < outgoing->epoch_count - 1; at++)
        free(outgoing->epochs[at].thin);
    outgoing->epochs[0] = kept;
    outgoing->epoch_count = 1;
}

/* Stop carrying; remember where the numbering stands. */
static void rest(slot *outgoing)
{
    const stream *source = outgoing->source;
    if (!source)
        return;
    slot_shorten(outgoing);
    const epoch *present = present_epoch(outgoing);
    outgoing->last_sequence = newest(outgoing);
    outgoing->last_timestamp = source->timestamp + present->timestamp;
    outgoing->last_picture = (source->picture + picture_offset(outgoing)) & 0x7FFF;
    outgoing->last_tl0 = (uint8_t)(source->tl0 + present->tl0);
    outgoing->last_at = source->stats.last_at;
    count(outgoing);
    outgoing->source = NULL;
    outgoing->thin = NULL;
}

static epoch *new_epoch(slot *outgoing)
{
    if (outgoing->epoch_count == EPOCHS_KEPT) {
        outgoing->epoch_count--;
        free(outgoing->epochs[0].thin);
        memmove(outgoing->epochs, outgoing->epochs + 1, (EPOCHS_KEPT - 1) * sizeof *outgoing->epochs);
    }
    epoch *made = &outgoing->epochs[outgoing->epoch_count++];
    memset(made, 0, sizeof *made);
    return made;
}

/* Carry the stream from this packet on, which the stream has counted already; the time that has passed passes in
 * timestamps too. The slot rests and the stream's list has room. */
const epoch *slot_begin(slot *outgoing, stream *source, const record *packet, double now)
{
    int64_t elapsed = outgoing->last_at > 0 ? (int64_t)((now - outgoing->last_at) * (double)outgoing->clock_rate) : 0;
    int64_t least = outgoing->clock_rate / 100;
    uint32_t timestamp = (uint32_t)(outgoing->last_timestamp + (uint64_t)(elapsed > least ? elapsed : least));
    epoch *begun = new_epoch(outgoing);
    begun->stream = source->handle;
    begun->start = (uint16_t)(outgoing->last_sequence + 1);
    begun->source_start = packet->sequence;
    begun->since = source->highest;
    begun->sequence = (uint16_t)(begun->start - packet->sequence);
    begun->timestamp = timestamp - packet->timestamp;
    begun->picture = (uint16_t)(outgoing->last_picture + 1 - packet->vp8.picture) & 0x7FFF;
    begun->tl0 = (uint8_t)(outgoing->last_tl0 + 1 - packet->vp8.tl0);
    if (outgoing->limit < ALL_LAYERS)
        begun->thin = thinner_new((uint16_t)(packet->sequence - 1), outgoing->last_sequence, begun->picture, outgoing->limit);
    if (begun->thin)
        thinner_take(begun->thin, packet, outgoing->limit, source);
    outgoing->thin = begun->thin;
    outgoing->source = source;
    source->slots.items[source->slots.count++] = outgoing;
    outgoing->marked_packets = source->stats.packets - 1;
    outgoing->marked_octets = source->stats.octets - packet->size;
    outgoing->stats.switches++;
    return begun;
}

void slot_unlink(slot *outgoing)
{
    stream *source = outgoing->source;
    rest(outgoing);
    if (source)
        list_remove(&source->slots, outgoing);
}

/* ---------------------------------------------------------------- temporal layers */
/* Another epoch with the same source, from its next packet on. */
static void go_on(slot *outgoing, int thinned)
{
    const stream *source = outgoing->source;
    slot_shorten(outgoing);
    uint16_t head = outgoing->thin ? outgoing->thin->head : (uint16_t)source->highest, out = newest(outgoing);
    thinner *made = thinned ? thinner_new(head, out, picture_offset(outgoing), ALL_LAYERS) : NULL;
    if (thinned && !made)
        return;
    count(outgoing);
    epoch next = *present_epoch(outgoing);
    next.start = (uint16_t)(out + 1);
    next.source_start = (uint16_t)(head + 1);
    next.sequence = (uint16_t)(out - head);
    next.picture = picture_offset(outgoing);
    next.since = source->highest + 1;
    next.continued = 1;
    next.thin = outgoing->thin = made;
    *new_epoch(outgoing) = next;
}

int sfu_limit_temporal(sfu_core *core, int64_t handle, int highest)
{
    slot *outgoing = find_slot(core, handle);
    if (!outgoing)
        return -1;
    if (outgoing->audio)
        return 0;
    outgoing->limit = highest < 0 ? 0 : highest > ALL_LAYERS ? ALL_LAYERS : highest;
    if (outgoing->source && !outgoing->thin && outgoing->limit < ALL_LAYERS)
        go_on(outgoing, 1);
    return 0;
}

/* The newest packet of a source that is thinned: whether it goes out, and with which offsets. */
int slot_take(slot *outgoing, const record *packet, epoch *numbers)
{
    const thin_place *placed = thinner_take(outgoing->thin, packet, outgoing->limit, outgoing->source);
    if (placed)
        *numbers = thin_offsets(present_epoch(outgoing), placed);
    if (packet->vp8.start && thinner_idle(outgoing->thin, outgoing->limit, outgoing->source))
        go_on(outgoing, 0);
    return placed != NULL;
}

/* A packet out of order: its offsets and what becomes of it, THIN_EMPTY: nothing. */
int slot_late(slot *outgoing, const record *packet, epoch *numbers)
{
    slot_shorten(outgoing);
    for (int at = outgoing->epoch_count - 1; at >= 0; at--) {
        const epoch *each = &outgoing->epochs[at];
        if (!rtp_older(packet->sequence, each->source_start)) {
            const thin_place *placed = each->thin ? thinner_late(each->thin, packet) : NULL;
            *numbers = placed ? thin_offsets(each, placed) : *each;
            return placed ? placed->fate : each->thin ? THIN_EMPTY : THIN_SENT;
        }
        if (!each->continued)
            return THIN_EMPTY;
    }
    return THIN_EMPTY;
}

/* ---------------------------------------------------------------- who carries what */
/* The wanted stream's list of those who wait has room. */
void point_slot(slot *outgoing, stream *wanted)
{
    if (outgoing->target)
        list_remove(&outgoing->target->waiting, outgoing);
    outgoing->target = NULL;
    if (!wanted) {
        slot_unlink(outgoing);
    } else if (wanted != outgoing->source) {
        outgoing->target = wanted;
        wanted->waiting.items[wanted->waiting.count++] = outgoing;
    }
}

int sfu_point(sfu_core *core, int64_t handle, const int64_t *stream_handle)
{
    slot *outgoing = find_slot(core, handle);
    stream *wanted = stream_handle ? find_stream(core, *stream_handle) : NULL;
    if (!outgoing || (stream_handle && !wanted) || (wanted && list_reserve(&wanted->waiting)))
        return -1;
    point_slot(outgoing, wanted);
    return 0;
}

int sfu_clear(sfu_core *core, int64_t handle)
{
    slot *outgoing = find_slot(core, handle);
    if (!outgoing)
        return -1;
    slot_unlink(outgoing);
    return 0;
}

/* ---------------------------------------------------------------- coming and going */
static void number(slot *made, const sfu_slot_spec *spec)
{
    made->last_sequence = spec->sequence;
    made->last_timestamp = spec->timestamp;
    made->last_picture = spec->picture;
    made->last_tl0 = spec->tl0;
    made->rtx_sequence = spec->rtx_sequence;
}

int sfu_add_slot(sfu_core *core, int64_t handle, int64_t connection_handle, const sfu_slot_spec *spec)
{
    connection *to = find_connection(core, connection_handle);
    slot *made = to && !find_slot(core, handle) ? calloc(1, sizeof *made) : NULL;
    if (!made || map_put(&core->slots, (uint64_t)handle, made)) {
        free(made);
        return -1;
    }
    made->handle = handle;
    made->to = to;
    made->audio = spec->audio;
    made->ssrc = spec->ssrc;
    made->clock_rate = spec->clock_rate;
    made->payload_type = spec->payload_type & 0x7F;
    made->rtx_ssrc = spec->rtx_ssrc;
    made->rtx_payload_type = spec->rtx_payload_type & 0x7F;
    made->limit = ALL_LAYERS;
    /* Without RTX a retransmission has the same SSRC and number as the first sending, and under GCM it must then be the
     * same to the bit: such a slot carries no sending time. An audio level has one octet, a sending time three. */
    uint32_t id = spec->audio || spec->rtx_ssrc ? (uint32_t)spec->extension_id & 15 : 0;
    made->extension = id ? id << 28 | (spec->audio ? 0 : 2u << 24) : 0;
    number(made, spec);
    made->sibling = to->slots;
    to->slots = made;
    return 0;
}

void drop_slots(sfu_core *core, connection *gone)
{
    while (gone->slots) {
        slot *each = gone->slots;
        gone->slots = each->sibling;
        point_slot(each, NULL);
        map_remove(&core->slots, (uint64_t)each->handle);
        for (int at = 0; at < each->epoch_count; at++)
            free(each->epochs[at].thin);
        free(each->again);
        free(each);
    }
}

void slot_stats(const slot *outgoing, sfu_slot_stats *stats)
{
    *stats = outgoing->stats;
    add_sent(outgoing, stats);
    stats->temporal = outgoing->thin ? outgoing->thin->limit : ALL_LAYERS;
    if (outgoing->source)
        stats->timestamp_offset = present_epoch(outgoing)->timestamp;
}

int sfu_read_slot(const sfu_core *core, int64_t handle, sfu_slot_stats *stats)
{
    const slot *outgoing = find_slot(core, handle);
    if (!outgoing)
        return -1;
    slot_stats(outgoing, stats);
    return 0;
}
