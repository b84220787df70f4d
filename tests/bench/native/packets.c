/* RTP packets as Chromium's look (RFC 3550, RFC 8285, RFC 7741, RFC 7587); the picture itself is noise. */
#include <string.h>

#include "loadgen.h"
#include "octets.h"

enum { HEADER = 12, TRAILER = 16, SMALLEST = 48, MOST_PACKETS = 128, ONE_BYTE_FORM = 0xBEDE };

int lg_spec_fits(const lg_stream_spec *spec)
{
    int sizes = spec->packet_bytes >= SMALLEST && spec->packet_bytes <= 1300 && spec->frame_bytes >= SMALLEST &&
                spec->frame_bytes <= MOST_PACKETS * spec->packet_bytes && spec->key_bytes <= MOST_PACKETS * spec->packet_bytes;
    int extension = spec->extension_length >= 0 && spec->extension_length <= (int)sizeof spec->extension &&
                    spec->extension_length % 4 == 0 && spec->level_at < spec->extension_length;
    int numbers = spec->clock_rate > 0 && spec->per_second >= 0 && spec->per_second <= 10000 && spec->temporal_layers >= 1 &&
                  spec->temporal_layers <= 3 && spec->payload_type >= 0 && spec->payload_type <= 127;
    return sizes && extension && numbers && (!spec->video || spec->key_bytes >= SMALLEST);
}

/* libvpx's patterns: 0 1, and 0 2 1 2. */
static int temporal_layer(int layers, uint32_t frame)
{
    if (layers == 3)
        return frame % 4 == 0 ? 0 : frame % 2 ? 2 : 1;
    return layers == 2 ? (int)(frame % 2) : 0;
}

void lg_frame_begin(const lg_stream_spec *spec, lg_stream_state *state, int key)
{
    state->timestamp += (uint32_t)(spec->clock_rate / (spec->per_second > 0 ? spec->per_second : 1));
    state->key = spec->video && key;
    state->frame = state->key ? 0 : state->frame + 1;
    state->temporal = temporal_layer(spec->temporal_layers, state->frame);
    state->size = state->key ? spec->key_bytes : spec->frame_bytes;
    state->left = spec->video ? (state->size + spec->packet_bytes - 1) / spec->packet_bytes : 1;
    if (state->size < state->left * SMALLEST)
        state->left = state->size / SMALLEST;
    state->picture = (state->picture + 1) & 0x7FFF;
    if (!state->temporal)
        state->tl0++;
}

static int descriptor(const lg_stream_spec *spec, const lg_stream_state *state, int first, uint8_t *out)
{
    out[0] = (uint8_t)(0x80 | (first ? 0x10 : 0) | (state->temporal == spec->temporal_layers - 1 && state->temporal ? 0x20 : 0));
    out[1] = 0xE0; /* PictureID, TL0PICIDX, TID */
    put16(out + 2, (uint16_t)(0x8000 | state->picture));
    out[4] = state->tl0;
    out[5] = (uint8_t)(state->temporal << 6 | (state->temporal ? 0x20 : 0));
    if (!first)
        return 6;
    out[6] = state->key ? 0x10 : 0x11; /* frame tag: the P bit is clear in a key frame (RFC 6386 section 9.1) */
    out[7] = 0x02;
    out[8] = 0;
    if (!state->key)
        return 9;
    memcpy(out + 9, "\x9d\x01\x2a", 3);
    out[12] = (uint8_t)(spec->width & 0xFF);
    out[13] = (uint8_t)(spec->width >> 8 & 0x3F);
    out[14] = (uint8_t)(spec->height & 0xFF);
    out[15] = (uint8_t)(spec->height >> 8 & 0x3F);
    return 16;
}

static int head(const lg_stream_spec *spec, lg_stream_state *state, uint8_t *out, int marker)
{
    out[0] = spec->extension_length ? 0x90 : 0x80;
    out[1] = (uint8_t)((marker ? 0x80 : 0) | spec->payload_type);
    put16(out + 2, state->sequence++);
    put32(out + 4, state->timestamp);
    put32(out + 8, spec->ssrc);
    if (!spec->extension_length)
        return HEADER;
    put16(out + HEADER, ONE_BYTE_FORM);
    put16(out + HEADER + 2, (uint16_t)(spec->extension_length / 4));
    memcpy(out + HEADER + 4, spec->extension, (size_t)spec->extension_length);
    if (spec->level_at >= 0)
        out[HEADER + 4 + spec->level_at] = (uint8_t)(spec->level & 0x7F);
    return HEADER + 4 + spec->extension_length;
}

/* The next packet of the frame that was begun; its length, 0 when it does not fit into room. */
int lg_packet(const lg_stream_spec *spec, lg_stream_state *state, uint64_t now, uint8_t *out, int room)
{
    if (state->left < 1)
        return 0;
    int size = state->size / state->left + (state->size % state->left ? 1 : 0);
    if (HEADER + 4 + spec->extension_length + size > room)
        return 0;
    int first = state->size == (state->key ? spec->key_bytes : spec->frame_bytes);
    int at = head(spec, state, out, spec->video && state->left == 1), begun = at;
    if (spec->video)
        at += descriptor(spec, state, first, out + at);
    else
        out[at++] = 0x78; /* Opus: 20 ms in one frame (RFC 6716 section 3.1) */
    int stop = begun + size - TRAILER;
    for (; at < stop; at++)
        out[at] = (uint8_t)(at * 131 + state->sequence);
    memcpy(out + stop, "SFUL", 4);
    put32(out + stop + 4, spec->number);
    put64(out + stop + 8, now);
    state->size -= size;
    state->left--;
    state->packets++;
    state->octets += (uint64_t)size;
    return begun + size;
}
