/* What Python calls of the compiled packet core, and what it is called back with. cffi reads this file too: lines that
 * begin with # are left out there, so everything else stays plain declarations. The meaning of each function is that of
 * the method of the same name in signaling/sfu/core/interface.py. */
#ifndef SFU_API_H
#define SFU_API_H
#include <stdint.h>

typedef struct sfu_core sfu_core;

/* libsrtp's four functions: 0 when it worked; the length changes in place. */
typedef int (*sfu_crypt)(void *session, void *packet, int *length);

typedef struct {
    void (*stun)(void *owner, const uint8_t *data, int length, const uint8_t *address);
    void (*dtls)(void *owner, int64_t connection, const uint8_t *data, int length);
    void (*rtcp)(void *owner, int64_t connection, const uint8_t *data, int length, double now);
    void (*unknown_stream)(void *owner, int64_t connection, const uint8_t *data, int length);
    void (*gap)(void *owner, int64_t stream, int first, int count, double now);
    void (*repaired)(void *owner, int64_t stream, int sequence);
    void (*switched)(void *owner, int64_t slot, int64_t stream, uint32_t timestamp);
    void (*tapped)(void *owner, int64_t stream, int marker, int sequence, uint32_t timestamp, const uint8_t *data, int length);
    void (*datagram)(void *owner, const uint8_t *address, const uint8_t *data, int length); /* only without a socket */
} sfu_handler;

typedef struct {
    int fd;          /* a non-blocking UDP socket, or -1: sfu_feed brings what arrives, handler.datagram takes what leaves */
    int name_length; /* octets of its sockaddr */
    uint64_t seed;   /* unguessable, for the hash tables */
    int segments;    /* most packets of one viewer in one UDP_SEGMENT send; 0 or 1: never */
    sfu_crypt protect;
    sfu_crypt unprotect;
    sfu_crypt protect_rtcp;
    sfu_crypt unprotect_rtcp;
} sfu_world;

typedef struct {
    uint32_t ssrc;
    int audio;
    int clock_rate;
    int level_id;
} sfu_stream_spec;

typedef struct {
    int audio;
    uint32_t ssrc;
    int payload_type;
    int clock_rate;
    int extension_id;
    uint32_t rtx_ssrc;
    int rtx_payload_type;
    /* where the numbering begins: drawn by the caller */
    uint16_t sequence;
    uint32_t timestamp;
    uint16_t picture;
    uint8_t tl0;
    uint16_t rtx_sequence;
} sfu_slot_spec;

typedef struct {
    int64_t packets;
    int64_t octets;
    int64_t first;
    int64_t highest;
    int64_t jitter;
    int64_t repaired;
    int64_t duplicates;
    int64_t key_frames;
    int64_t height;
    double last_at;
    int64_t temporal[4];
} sfu_stream_stats;

typedef struct {
    int64_t packets;
    int64_t octets;
    int64_t retransmitted;
    int64_t switches;
    int64_t timestamp_offset;
    int64_t temporal;
} sfu_slot_stats;

typedef struct {
    int64_t received;
    int64_t sent;
    int64_t send_failed;
    int64_t unknown_address;
    int64_t malformed;
    int64_t not_authentic;
    int64_t refused_stream;
    int64_t retransmitted;
} sfu_counters;

/* What left through the socket since it was last asked for. */
typedef struct {
    int64_t packets;
    int64_t squares;  /* the sum, over the addresses, of the square of each one's packets */
    int64_t messages;
    int64_t taken;    /* how often it was asked for */
} sfu_traffic;

/* Functions that return int give 0, or -1 when a handle is unknown or there is no memory. */
sfu_core *sfu_new(const sfu_world *world, const sfu_handler *handler, void *owner);
void sfu_free(sfu_core *core);
const sfu_counters *sfu_count(const sfu_core *core);
void sfu_take_traffic(sfu_core *core, sfu_traffic *traffic);

int sfu_open(sfu_core *core, int64_t connection);
int sfu_accept_from(sfu_core *core, int64_t connection, const uint8_t *address);
int sfu_send_to(sfu_core *core, int64_t connection, const uint8_t *address);
int sfu_secure(sfu_core *core, int64_t connection, void *receive, void *send);
int sfu_close(sfu_core *core, int64_t connection);
double sfu_last_seen(const sfu_core *core, int64_t connection); /* negative: unknown */

int sfu_add_stream(sfu_core *core, int64_t stream, int64_t connection, const sfu_stream_spec *spec, const int64_t *rtx_of);
int sfu_drop_stream(sfu_core *core, int64_t stream);
int sfu_add_slot(sfu_core *core, int64_t slot, int64_t connection, const sfu_slot_spec *spec);
int sfu_point(sfu_core *core, int64_t slot, const int64_t *stream);
int sfu_clear(sfu_core *core, int64_t slot);
int sfu_limit_temporal(sfu_core *core, int64_t slot, int highest); /* 0 to 3 */
int sfu_tap(sfu_core *core, int64_t stream, int on);
int sfu_repeat(sfu_core *core, int64_t stream, const uint16_t *sequences, int count);
int sfu_waited_for(const sfu_core *core, int64_t stream); /* 1, 0, or -1 */

int sfu_pump(sfu_core *core, double now, double wall); /* 1: more may be waiting */
void sfu_begin(sfu_core *core, double now, double wall);
void sfu_feed(sfu_core *core, const uint8_t *address, const uint8_t *data, int length);
void sfu_flush(sfu_core *core);
int sfu_send(sfu_core *core, int64_t connection, const uint8_t *data, int length);
int sfu_send_anywhere(sfu_core *core, const uint8_t *address, const uint8_t *data, int length);
int sfu_send_rtcp(sfu_core *core, int64_t connection, const uint8_t *data, int length);
int sfu_send_reports(sfu_core *core, int64_t stream, uint64_t ntp, uint32_t timestamp);
int sfu_retransmit(sfu_core *core, int64_t slot, const uint16_t *sequences, int count, double now, double wall);
void sfu_expire(sfu_core *core, double now);
int sfu_take_level(sfu_core *core, int64_t stream, int64_t *packets, int *level);
int sfu_read_stream(const sfu_core *core, int64_t stream, sfu_stream_stats *stats);
int sfu_read_slot(const sfu_core *core, int64_t slot, sfu_slot_stats *stats);
#endif
