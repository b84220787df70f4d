/* The state of a core, shared by its files. Lifetimes: a connection owns its streams and slots; whatever a handler may
 * have dropped meanwhile is looked up anew by its handle after each call out (sfu_handler). */
#ifndef SFU_INTERNAL_H
#define SFU_INTERNAL_H
#include <stddef.h>

#include "api.h"
#include "map.h"
#include "outbox.h"
#include "rtp.h"

enum {
    READS_A_TURN = 4,    /* batches read before other work of the process gets its turn */
    BATCH = 64,
    UNKNOWN_SSRCS = 64,  /* SSRCs that a connection may try in vain */
    MOST_SSRCS = 1024,   /* that a connection may send from in all: libsrtp keeps a context for each */
    ADDRESSES_KEPT = 4,  /* from which one connection's packets are taken */
    CACHE_PACKETS = 256, /* a power of two; a second of 2 Mbit/s */
    LARGEST_GAP = 200,   /* more missing packets than this are a restart, not a loss worth asking for */
    EPOCHS_KEPT = 6,
    LONG_EPOCH = 0x4000, /* of more numbers than this: it forgets its beginning, because numbers wrap */
    SHORT_EPOCH = 0x1000,
    RESENT_KEPT = 256,
    PLAIN_HEADER = 12,
    EXTENDED_HEADER = 20, /* with one word of one-byte header extensions */
};
#define CACHE_SECONDS 1.0
#define RESEND_SECONDS 0.03 /* a packet is not sent again sooner than this after the last time */

enum { DUPLICATE, LATE, NEWEST };
enum { EMPTY, KNOWN, HELD }; /* KNOWN: the payload is gone, the number tells duplicates */

typedef struct connection connection;
typedef struct stream stream;
typedef struct slot slot;

typedef struct {
    slot **items;
    int count, room;
} slot_list;

/* A packet to be forwarded. In a stream's cache the payload is the record's own memory. */
typedef struct {
    const uint8_t *payload;
    double at;
    int size;
    uint32_t timestamp;
    uint16_t sequence;
    uint8_t marker; /* 0x80 or 0 */
    uint8_t level;  /* the octet of RFC 6464 */
    uint8_t state;
    rtp_vp8 vp8;
} record;

struct stream {
    int64_t handle;
    connection *from;
    stream *sibling; /* the next stream of the connection */
    stream *rtx_of;
    record *ring; /* CACHE_PACKETS of them from the first packet on, if the stream keeps any */
    slot_list slots, waiting;
    uint32_t ssrc, timestamp;
    int audio, keeps, tapped, level_id, gap;
    uint16_t picture;
    uint8_t tl0;
    int64_t clock_rate, highest, tail, transit; /* highest and tail are extended sequence numbers */
    int64_t level_packets, level_sum;
    sfu_stream_stats stats;
};

/* Temporal layers that a slot leaves out, and how the rest is numbered; see signaling/sfu/core/thinning.py. */
typedef struct {
    uint16_t source, out, picture; /* of a packet: its number, the slot's, and the offset of its PictureID */
    uint8_t limit;                 /* the highest layer that passed then */
    uint8_t fate;
} thin_place;

typedef struct {
    thin_place places[CACHE_PACKETS];  /* by the source's number */
    uint16_t sources[CACHE_PACKETS];   /* the source's number, by the slot's */
    int64_t frame, left_out;           /* the newest frame, and the newest one that was left out */
    int64_t packets, octets;
    uint16_t head, out, picture;
    uint8_t limit;
} thinner;

/* A span of outgoing numbers with one source: offsets (modulo their field) from the source's numbers to the slot's. */
typedef struct {
    int64_t stream;
    uint32_t timestamp;
    uint16_t start;        /* first outgoing sequence number */
    uint16_t source_start; /* the source's number of that packet; what comes before it is never forwarded */
    uint16_t sequence, picture;
    uint8_t tl0;
    int64_t since;     /* source_start, extended by wraparounds */
    uint8_t continued; /* the epoch before has the same source, without a break */
    thinner *thin;     /* where temporal layers are left out: it has the offsets of the numbers and pictures */
} epoch;

typedef struct {
    double at;
    uint16_t sequence;
} resent;

struct slot {
    int64_t handle;
    connection *to;
    slot *sibling; /* the next slot of the connection */
    stream *source, *target;
    epoch epochs[EPOCHS_KEPT]; /* the last one is the present one while there is a source */
    int epoch_count;
    thinner *thin; /* the present epoch's, while there is a source */
    int audio, limit; /* limit: the highest temporal layer that is wanted */
    uint8_t payload_type, rtx_payload_type;
    uint32_t ssrc, rtx_ssrc, extension;
    int64_t clock_rate;
    uint16_t last_sequence, last_picture, rtx_sequence;
    uint8_t last_tl0;
    uint32_t last_timestamp;
    double last_at;
    int64_t marked_packets, marked_octets;
    sfu_slot_stats stats;
    resent *again; /* RESENT_KEPT of them, oldest first; made when first needed */
    int again_count;
};

struct connection {
    int64_t handle;
    uint64_t number;
    place at;
    void *receive, *send; /* libsrtp's contexts, NULL until the handshake is done */
    uint8_t accepted[ADDRESSES_KEPT + 1][SOCKADDR];
    int accepted_count;
    stream *streams;
    slot *slots;
    uint32_t refused[UNKNOWN_SSRCS];
    int refused_count;
    map ssrcs;
    double last_seen;
};

typedef struct origin {
    uint8_t name[SOCKADDR];
    connection *owner;
    struct origin *next; /* another address with the same hash */
} origin;

typedef struct inbox inbox;

struct sfu_core {
    sfu_world world;
    sfu_handler handler;
    void *owner;
    sfu_counters counters;
    sfu_traffic traffic;
    double now;
    uint32_t sending_time; /* abs-send-time: 6.18 fixed point seconds */
    uint64_t connections_made;
    map connections, streams, slots, by_ssrc, by_address;
    outbox out;
    place scratch;
    inbox *in;
};

/* connections.c */
connection *find_connection(const sfu_core *core, int64_t handle);
connection *owner_of(const sfu_core *core, const uint8_t *address);
static inline uint64_t ssrc_key(const connection *from, uint32_t ssrc) { return from->number << 32 | ssrc; }

/* streams.c */
stream *find_stream(const sfu_core *core, int64_t handle);
int stream_arrive(stream *source, uint16_t sequence, uint32_t timestamp, double now);
int stream_late(stream *source, uint16_t sequence, uint16_t step);
void stream_keep(stream *source, const record *packet);
const record *stream_cached(const stream *source, uint16_t sequence);
void drop_stream(sfu_core *core, stream *gone);

/* slots.c */
slot *find_slot(const sfu_core *core, int64_t handle);
int list_reserve(slot_list *list);
void list_remove(slot_list *list, const slot *gone);
const epoch *slot_begin(slot *outgoing, stream *source, const record *packet, double now);
void slot_shorten(slot *outgoing);
void slot_unlink(slot *outgoing);
int slot_take(slot *outgoing, const record *packet, epoch *numbers);
int slot_late(slot *outgoing, const record *packet, epoch *numbers);
void point_slot(slot *outgoing, stream *wanted);
void slot_stats(const slot *outgoing, sfu_slot_stats *stats);
void drop_slots(sfu_core *core, connection *gone);

/* thinning.c */
enum { ALL_LAYERS = 3 };
enum { THIN_EMPTY, THIN_SENT, THIN_LEFT_OUT, THIN_OPEN }; /* OPEN: it has not come, and nobody knows to which layer it belongs */
thinner *thinner_new(uint16_t head, uint16_t out, uint16_t picture, int limit);
const thin_place *thinner_take(thinner *thin, const record *packet, int wanted, const stream *source);
const thin_place *thinner_late(thinner *thin, const record *packet);
const thin_place *thinner_find(const thinner *thin, uint16_t out);
int thinner_idle(const thinner *thin, int wanted, const stream *source);
epoch thin_offsets(const epoch *numbers, const thin_place *placed);

/* sending.c */
void stamp(sfu_core *core, double wall);
void fan_out(sfu_core *core, const stream *source, const record *packet);
void send_one(sfu_core *core, slot *outgoing, const record *packet, const epoch *numbers, int rtx);
void send_padding(sfu_core *core, slot *outgoing, const record *packet, const epoch *numbers);

/* receive.c */
inbox *inbox_new(int name_length);
void inbox_free(inbox *in);
void treat_datagram(sfu_core *core, const uint8_t *name, uint8_t *data, int length);
#endif
