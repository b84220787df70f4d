/* Temporal layers that a slot leaves out, and how the rest is numbered without gaps; see signaling/sfu/core/thinning.py. */
#include <stdlib.h>

#include "internal.h"

thinner *thinner_new(uint16_t head, uint16_t out, uint16_t picture, int limit)
{
    thinner *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->head = head;
    made->out = out;
    made->picture = picture;
    made->limit = (uint8_t)limit;
    made->frame = made->left_out = -1;
    return made;
}

epoch thin_offsets(const epoch *numbers, const thin_place *placed)
{
    epoch found = *numbers;
    found.sequence = (uint16_t)(placed->out - placed->source);
    found.picture = placed->picture;
    return found;
}

/* ---------------------------------------------------------------- packets in order */
/* The next layer that the stream has ever had; 4: none. */
static int layer_above(const stream *source, int layer)
{
    do
        layer++;
    while (layer <= ALL_LAYERS && !source->stats.temporal[layer]);
    return layer;
}

/* Whether the limit changes with this frame: down at once, up with a frame that needs nothing left out. */
static void decide(thinner *thin, const rtp_vp8 *vp8, int wanted, const stream *source)
{
    int synchronised = vp8->sync && thin->limit < vp8->tid && vp8->tid <= wanted && vp8->tid == layer_above(source, thin->limit);
    if (wanted < thin->limit || vp8->key)
        thin->limit = (uint8_t)wanted;
    else if (synchronised)
        thin->limit = vp8->tid;
}

/* Head stands on the packet that this is about. */
static const thin_place *put(thinner *thin, int fate, int limit)
{
    if (fate != THIN_LEFT_OUT) {
        thin->out++;
        thin->sources[thin->out % CACHE_PACKETS] = thin->head;
    }
    thin_place *placed = &thin->places[thin->head % CACHE_PACKETS];
    *placed = (thin_place){thin->head, thin->out, thin->picture, (uint8_t)limit, (uint8_t)fate};
    return placed;
}

/* Packets are missing: parts of a frame that is left out, or nobody knows of what. */
static void skip(thinner *thin, int count, int limit, int leave)
{
    int hidden = count > CACHE_PACKETS ? count - CACHE_PACKETS : 0;
    thin->head = (uint16_t)(thin->head + hidden);
    thin->out = (uint16_t)(thin->out + (leave ? 0 : hidden));
    for (count -= hidden; count > 0; count--) {
        thin->head++;
        put(thin, leave ? THIN_LEFT_OUT : THIN_OPEN, limit);
    }
}

/* The newest packet of the source: where it goes, or NULL when it is left out. */
const thin_place *thinner_take(thinner *thin, const record *packet, int wanted, const stream *source)
{
    const rtp_vp8 *vp8 = &packet->vp8;
    uint16_t step = (uint16_t)(packet->sequence - thin->head);
    if (step == 0 || step >= 0x8000)
        return NULL;
    int before = thin->limit;
    int64_t frame = (int64_t)packet->timestamp << 15 | vp8->picture;
    if (frame != thin->frame && vp8->start)
        decide(thin, vp8, wanted, source);
    int leave = vp8->tid > thin->limit && !vp8->key;
    skip(thin, step - 1, before, leave && frame == thin->left_out);
    thin->head = packet->sequence;
    thin->frame = frame;
    if (!leave) {
        thin->packets++;
        thin->octets += packet->size;
        return put(thin, THIN_SENT, thin->limit);
    }
    if (frame != thin->left_out && (vp8->picture_at || vp8->short_at))
        thin->picture = (thin->picture - 1) & 0x7FFF;
    thin->left_out = frame;
    put(thin, THIN_LEFT_OUT, thin->limit);
    return NULL;
}

/* Whether nothing is left out any more, and nothing shall be. */
int thinner_idle(const thinner *thin, int wanted, const stream *source)
{
    return wanted >= ALL_LAYERS && layer_above(source, thin->limit) > ALL_LAYERS;
}

/* ---------------------------------------------------------------- packets out of order, and asked for again */
/* Its place with what is now to be done with it, or NULL when nothing is. */
const thin_place *thinner_late(thinner *thin, const record *packet)
{
    thin_place *found = &thin->places[packet->sequence % CACHE_PACKETS];
    if (found->fate != THIN_OPEN || found->source != packet->sequence)
        return NULL;
    found->fate = packet->vp8.tid > found->limit ? THIN_LEFT_OUT : THIN_SENT;
    thin->packets++;
    thin->octets += found->fate == THIN_SENT ? packet->size : 0;
    return found;
}

/* What went out, or would have gone out, under this number. */
const thin_place *thinner_find(const thinner *thin, uint16_t out)
{
    const thin_place *found = &thin->places[thin->sources[out % CACHE_PACKETS] % CACHE_PACKETS];
    return found->out == out && (found->fate == THIN_SENT || found->fate == THIN_OPEN) ? found : NULL;
}
