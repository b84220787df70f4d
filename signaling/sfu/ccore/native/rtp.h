/* RTP header arithmetic (RFC 3550 section 5.1, RFC 8285) and the VP8 payload descriptor (RFC 7741 section 4.2).
 * The same rules as signaling/sfu/core/rtp.py, which the tests hold this against. Every reader gets a length and reads
 * nothing beyond it. */
#ifndef SFU_RTP_H
#define SFU_RTP_H
#include <stdint.h>

enum { RTP_HEADER = 12, MAX_PACKET = 1600, NO_LEVEL_TOLD = 127 };

typedef struct {
    uint16_t picture_at; /* where a 15-bit PictureID stands in the payload, or 0 */
    uint16_t short_at;   /* the same for one of 7 bits */
    uint16_t picture;
    uint16_t tl0_at;
    uint16_t height; /* told by key frames only */
    uint8_t tl0;
    uint8_t key;   /* first packet of a key frame */
    uint8_t tid;   /* temporal layer; 0 also where none is told */
    uint8_t sync;  /* the frame needs nothing but layer 0 */
    uint8_t start; /* first packet of a frame */
} rtp_vp8;

static inline uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static inline void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}
static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* Whether 16-bit sequence number a comes before b. */
static inline int rtp_older(uint16_t a, uint16_t b) { return (uint16_t)(a - b) >= 0x8000; }

/* Where the payload begins and ends, without padding; 0 when the packet is not well formed. */
int rtp_payload(const uint8_t *data, int length, int *begin, int *end);

/* The first octet of the header extension with this id (RFC 8285, both forms); NO_LEVEL_TOLD when there is none. */
uint8_t rtp_level(const uint8_t *data, int length, int id);

/* Read a descriptor; what is cut short counts as having none. */
rtp_vp8 rtp_read_vp8(const uint8_t *payload, int size);
#endif
