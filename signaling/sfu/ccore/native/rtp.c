#include "rtp.h"

#include <string.h>

enum { ONE_BYTE = 0xBEDE, TWO_BYTE = 0x100 };

int rtp_payload(const uint8_t *data, int length, int *begin, int *end)
{
    if (length < RTP_HEADER)
        return 0;
    int at = RTP_HEADER + 4 * (data[0] & 15);
    if (data[0] & 0x10) {
        if (at + 4 > length)
            return 0;
        at += 4 + 4 * get16(data + at + 2);
    }
    if (at > length)
        return 0;
    if (data[0] & 0x20) {
        int padding = data[length - 1];
        if (padding == 0 || padding > length - at)
            return 0;
        length -= padding;
    }
    *begin = at;
    *end = length;
    return 1;
}

/* A list of extensions may name an id twice: the last one counts. A broken one ends the list. */
static uint8_t level_one_byte(const uint8_t *at, const uint8_t *stop, int id)
{
    uint8_t level = NO_LEVEL_TOLD;
    while (at < stop) {
        if (at[0] == 0) {
            at++;
            continue;
        }
        int name = at[0] >> 4, size = (at[0] & 15) + 1;
        if (name == 15 || stop - at < 1 + size)
            break;
        if (name == id)
            level = at[1];
        at += 1 + size;
    }
    return level;
}

static uint8_t level_two_byte(const uint8_t *at, const uint8_t *stop, int id)
{
    uint8_t level = NO_LEVEL_TOLD;
    while (at < stop) {
        if (at[0] == 0) {
            at++;
            continue;
        }
        if (stop - at < 2 || stop - at < 2 + at[1])
            break;
        if (at[0] == id)
            level = at[1] ? at[2] : NO_LEVEL_TOLD;
        at += 2 + at[1];
    }
    return level;
}

uint8_t rtp_level(const uint8_t *data, int length, int id)
{
    if (length < RTP_HEADER + 4 || !(data[0] & 0x10))
        return NO_LEVEL_TOLD;
    int at = RTP_HEADER + 4 * (data[0] & 15);
    if (at + 4 > length)
        return NO_LEVEL_TOLD;
    int profile = get16(data + at), stop = at + 4 + 4 * get16(data + at + 2);
    if (stop > length)
        return NO_LEVEL_TOLD;
    if (profile == ONE_BYTE)
        return level_one_byte(data + at + 4, data + stop, id);
    if (profile >> 4 == TWO_BYTE)
        return level_two_byte(data + at + 4, data + stop, id);
    return NO_LEVEL_TOLD;
}

/* The optional octets after the first; -1 when the payload is cut short in them, else where the VP8 data begins. */
static int read_options(const uint8_t *payload, int size, rtp_vp8 *found)
{
    int flags = payload[1], at = 2;
    if (flags & 0x80) {
        if (size < at + 2)
            return -1;
        if (payload[at] & 0x80) {
            found->picture_at = (uint16_t)at;
            found->picture = get16(payload + at) & 0x7FFF;
            at += 2;
        } else {
            found->short_at = (uint16_t)at;
            found->picture = payload[at];
            at += 1;
        }
    }
    if (flags & 0x40) {
        if (size < at + 1)
            return -1;
        found->tl0_at = (uint16_t)at;
        found->tl0 = payload[at];
        at += 1;
    }
    if (!(flags & 0x30))
        return at;
    if (size < at + 1)
        return -1;
    if (flags & 0x20) {
        found->tid = payload[at] >> 6;
        found->sync = payload[at] >> 5 & 1;
    }
    return at + 1;
}

rtp_vp8 rtp_read_vp8(const uint8_t *payload, int size)
{
    const rtp_vp8 none = {0};
    rtp_vp8 found = none;
    if (size < 2)
        return none;
    int at = payload[0] & 0x80 ? read_options(payload, size, &found) : 1;
    if (at < 0)
        return none;
    found.start = (payload[0] & 0x17) == 0x10;
    /* S bit, partition 0, and the P bit of the frame tag clear: RFC 6386 section 9.1 */
    found.key = found.start && at < size && !(payload[at] & 1);
    if (found.key && size >= at + 10 && !memcmp(payload + at + 3, "\x9d\x01\x2a", 3))
        found.height = (uint16_t)((payload[at + 9] << 8 | payload[at + 8]) & 0x3FFF);
    return found;
}
