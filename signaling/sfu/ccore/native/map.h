/* A hash table from 64-bit numbers to pointers: open addressing, no tombstones. */
#ifndef SFU_MAP_H
#define SFU_MAP_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t key;
    void *value; /* NULL: the place is free */
} map_entry;

typedef struct {
    map_entry *entries;
    size_t size; /* a power of two, or 0 */
    size_t count;
    uint64_t seed;
} map;

uint64_t map_mix(uint64_t key);
void *map_get(const map *table, uint64_t key);
int map_put(map *table, uint64_t key, void *value); /* 0, or -1 without memory (never for a known key); value must not be NULL */
void map_remove(map *table, uint64_t key);
void map_free(map *table);
#endif
