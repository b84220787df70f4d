/* Packets are written straight into the outbox, protected there, and addressed. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { ONE_WORD = 0xBEDE0001u };

void stamp(sfu_core *core, double wall) { core->sending_time = (uint32_t)((int64_t)(wall * 262144) & 0xFFFFFF); }

/* ---------------------------------------------------------------- writing */
/* The header; its length. */
static int write_header(uint8_t *at, const slot *outgoing, const record *packet, const epoch *numbers, uint32_t low)
{
    at[0] = outgoing->extension ? 0x90 : 0x80;
    at[1] = packet->marker | outgoing->payload_type;
    put16(at + 2, packet->sequence + numbers->sequence);
    put32(at + 4, packet->timestamp + numbers->timestamp);
    put32(at + 8, outgoing->ssrc);
    if (!outgoing->extension)
        return PLAIN_HEADER;
    put32(at + 12, ONE_WORD);
    put32(at + 16, outgoing->extension | low);
    return EXTENDED_HEADER;
}

/* The payload, renumbered. */
static void write_payload(uint8_t *at, const record *packet, const epoch *numbers)
{
    const rtp_vp8 *vp8 = &packet->vp8;
    memcpy(at, packet->payload, (size_t)packet->size);
    if (vp8->picture_at)
        put16(at + vp8->picture_at, 0x8000u | ((vp8->picture + numbers->picture) & 0x7FFFu));
    else if (vp8->short_at)
        at[vp8->short_at] = (uint8_t)((vp8->picture + numbers->picture) & 0x7F);
    if (vp8->tl0_at)
        at[vp8->tl0_at] = (uint8_t)(vp8->tl0 + numbers->tl0);
}

/* The value of the header extension. */
static uint32_t low_of(const sfu_core *core, int audio, const record *packet)
{
    return audio ? (uint32_t)packet->level << 16 : core->sending_time;
}

/* Protect what lies at the outbox's next place and put it on the way. */
static void seal(sfu_core *core, connection *to, int length, sfu_crypt protect)
{
    if (!to->send)
        return;
    if (protect(to->send, outbox_next(&core->out), &length))
        core->counters.send_failed++;
    else
        outbox_post(core, &to->at, length);
}

static int too_long(const record *packet) { return packet->size > LONGEST - TAG_ROOM - EXTENDED_HEADER - 2; }

/* ---------------------------------------------------------------- one to many; the loop that costs */
static void fan_out_to(sfu_core *core, const slot *outgoing, const record *packet, const epoch *numbers, uint32_t low)
{
    uint8_t *at = outbox_next(&core->out);
    int head = write_header(at, outgoing, packet, numbers, low);
    write_payload(at + head, packet, numbers);
    seal(core, outgoing->to, head + packet->size, core->world.protect);
}

enum { TO_EXTENDED, TO_PLAIN, TO_THINNED, KINDS };

static int kind_of(const slot *outgoing) { return outgoing->thin ? TO_THINNED : outgoing->extension ? TO_EXTENDED : TO_PLAIN; }

/* First to the slots with a header extension, then to those without, then to those that leave layers out: the order of
 * the Python core. */
void fan_out(sfu_core *core, const stream *source, const record *packet)
{
    if (too_long(packet))
        return;
    uint32_t low = low_of(core, source->audio, packet);
    int counts[KINDS] = {0};
    for (int at = 0; at < source->slots.count; at++) {
        slot *outgoing = source->slots.items[at];
        counts[kind_of(outgoing)]++;
        if (kind_of(outgoing) == TO_EXTENDED)
            fan_out_to(core, outgoing, packet, &outgoing->epochs[outgoing->epoch_count - 1], low);
    }
    for (int at = 0; counts[TO_PLAIN]; at++) {
        slot *outgoing = source->slots.items[at];
        if (kind_of(outgoing) == TO_PLAIN) {
            fan_out_to(core, outgoing, packet, &outgoing->epochs[outgoing->epoch_count - 1], low);
            counts[TO_PLAIN]--;
        }
    }
    for (int at = 0; counts[TO_THINNED]; at++) {
        if (source->slots.items[at]->thin) {
            epoch numbers;
            counts[TO_THINNED]--;
            if (slot_take(source->slots.items[at], packet, &numbers))
                send_one(core, source->slots.items[at], packet, &numbers, 0);
        }
    }
}

/* The same packet and epoch give the same bytes, but for the value of the header extension. As a retransmission
 * (RFC 4588 section 4) it has an SSRC and numbers of its own, and the original number stands before the payload. */
void send_one(sfu_core *core, slot *outgoing, const record *packet, const epoch *numbers, int rtx)
{
    if (too_long(packet))
        return;
    uint8_t *at = outbox_next(&core->out);
    int head = write_header(at, outgoing, packet, numbers, low_of(core, outgoing->audio, packet));
    if (outgoing->audio && packet->sequence == numbers->source_start)
        at[1] |= 0x80; /* the first packet after silence is marked (RFC 3551 section 4.1) */
    if (rtx) {
        put16(at + head, get16(at + 2));
        at[1] = (at[1] & 0x80) | outgoing->rtx_payload_type;
        put16(at + 2, ++outgoing->rtx_sequence);
        put32(at + 8, outgoing->rtx_ssrc);
        head += 2;
    }
    write_payload(at + head, packet, numbers);
    seal(core, outgoing->to, head + packet->size, core->world.protect);
}

/* An empty packet under the number that was kept free for one that is left out (RFC 3550 section 5.1). */
void send_padding(sfu_core *core, slot *outgoing, const record *packet, const epoch *numbers)
{
    record empty = *packet;
    empty.marker = 0;
    uint8_t *at = outbox_next(&core->out);
    int head = write_header(at, outgoing, &empty, numbers, core->sending_time);
    at[0] |= 0x20;
    at[head] = 1; /* octet of padding */
    seal(core, outgoing->to, head + 1, core->world.protect);
}

/* ---------------------------------------------------------------- sending again */
static const record *find_thinned(const stream *source, const epoch *each, uint16_t sequence, epoch *numbers)
{
    const thin_place *placed = thinner_find(each->thin, sequence);
    const record *found = placed && source ? stream_cached(source, placed->source) : NULL;
    if (!found || found->vp8.tid > placed->limit)
        return NULL;
    *numbers = thin_offsets(each, placed);
    return found;
}

static const record *find_sent(const sfu_core *core, slot *outgoing, uint16_t sequence, epoch *numbers)
{
    if (!outgoing->source && rtp_older(outgoing->last_sequence, sequence))
        return NULL; /* the number is still to be used, for another packet */
    slot_shorten(outgoing);
    for (int at = outgoing->epoch_count - 1; at >= 0; at--) {
        const epoch *each = &outgoing->epochs[at];
        if (!rtp_older(sequence, each->start)) {
            const stream *source = find_stream(core, each->stream);
            if (each->thin)
                return find_thinned(source, each, sequence, numbers);
            *numbers = *each;
            return source ? stream_cached(source, (uint16_t)(sequence - each->sequence)) : NULL;
        }
    }
    return NULL;
}

/* Whether the number was not sent again a moment ago; notes that it is now. */
static int may_resend(slot *outgoing, uint16_t sequence, double now)
{
    if (!outgoing->again && !(outgoing->again = malloc(RESENT_KEPT * sizeof *outgoing->again)))
        return 0;
    int at = 0, count = outgoing->again_count;
    while (at < count && outgoing->again[at].sequence != sequence)
        at++;
    if (at < count && now - outgoing->again[at].at < RESEND_SECONDS)
        return 0;
    if (at < count || count == RESENT_KEPT) { /* its old note goes, or the oldest */
        at = at < count ? at : 0;
        count--;
        memmove(outgoing->again + at, outgoing->again + at + 1, (size_t)(count - at) * sizeof *outgoing->again);
    }
    outgoing->again[count] = (resent){now, sequence};
    outgoing->again_count = count + 1;
    return 1;
}

int sfu_retransmit(sfu_core *core, int64_t handle, const uint16_t *sequences, int count, double now, double wall)
{
    slot *outgoing = find_slot(core, handle);
    if (!outgoing)
        return -1;
    stamp(core, wall);
    int done = 0;
    for (int at = 0; at < count; at++) {
        epoch numbers;
        const record *found = find_sent(core, outgoing, sequences[at], &numbers);
        if (found && may_resend(outgoing, sequences[at], now)) {
            send_one(core, outgoing, found, &numbers, outgoing->rtx_ssrc != 0);
            done++;
        }
    }
    outgoing->stats.retransmitted += done;
    core->counters.retransmitted += done;
    return done;
}

/* ---------------------------------------------------------------- datagrams as they are */
static int fill(sfu_core *core, const uint8_t *data, int length, int room)
{
    if (length < 0 || length > room)
        return -1;
    memcpy(outbox_next(&core->out), data, (size_t)length);
    return 0;
}

int sfu_send(sfu_core *core, int64_t handle, const uint8_t *data, int length)
{
    connection *to = find_connection(core, handle);
    if (!to || fill(core, data, length, LONGEST))
        return -1;
    outbox_post(core, &to->at, length);
    return 0;
}

int sfu_send_anywhere(sfu_core *core, const uint8_t *address, const uint8_t *data, int length)
{
    if (fill(core, data, length, LONGEST))
        return -1;
    memcpy(core->scratch.name, address, (size_t)core->world.name_length);
    core->scratch.whole = 1;
    outbox_post(core, &core->scratch, length);
    sfu_flush(core); /* before the scratch address serves the next */
    return 0;
}

int sfu_send_rtcp(sfu_core *core, int64_t handle, const uint8_t *data, int length)
{
    connection *to = find_connection(core, handle);
    if (!to)
        return -1;
    if (!fill(core, data, length, LONGEST - TAG_ROOM)) /* a longer one is dropped, as in Python */
        seal(core, to, length, core->world.protect_rtcp);
    return 0;
}

/* ---------------------------------------------------------------- sender reports (RFC 3550 section 6.4.1) */
static void send_report(sfu_core *core, const slot *outgoing, uint64_t ntp, uint32_t timestamp)
{
    enum { REPORT = 28 };
    sfu_slot_stats stats;
    uint8_t *at = outbox_next(&core->out);
    slot_stats(outgoing, &stats);
    put32(at, 0x80C80006); /* version 2, SR, six more words */
    put32(at + 4, outgoing->ssrc);
    put32(at + 8, (uint32_t)(ntp >> 32));
    put32(at + 12, (uint32_t)ntp);
    put32(at + 16, timestamp + (uint32_t)stats.timestamp_offset);
    put32(at + 20, (uint32_t)stats.packets);
    put32(at + 24, (uint32_t)stats.octets);
    seal(core, outgoing->to, REPORT, core->world.protect_rtcp);
}

int sfu_send_reports(sfu_core *core, int64_t handle, uint64_t ntp, uint32_t timestamp)
{
    const stream *source = find_stream(core, handle);
    if (!source)
        return -1;
    for (int at = 0; at < source->slots.count; at++)
        send_report(core, source->slots.items[at], ntp, timestamp);
    return 0;
}
