#include "map.h"

#include <stdlib.h>

enum { SMALLEST = 16 };

/* The finalizer of SplitMix64. */
uint64_t map_mix(uint64_t key)
{
    key ^= key >> 30;
    key *= 0xBF58476D1CE4E5B9u;
    key ^= key >> 27;
    key *= 0x94D049BB133111EBu;
    return key ^ key >> 31;
}

static size_t home(const map *table, uint64_t key) { return (size_t)map_mix(key ^ table->seed) & (table->size - 1); }

void *map_get(const map *table, uint64_t key)
{
    if (!table->count)
        return NULL;
    for (size_t at = home(table, key);; at = (at + 1) & (table->size - 1)) {
        const map_entry *entry = &table->entries[at];
        if (!entry->value || entry->key == key)
            return entry->value;
    }
}

static void place(map *table, uint64_t key, void *value)
{
    size_t at = home(table, key);
    while (table->entries[at].value && table->entries[at].key != key)
        at = (at + 1) & (table->size - 1);
    if (!table->entries[at].value)
        table->count++;
    table->entries[at].key = key;
    table->entries[at].value = value;
}

static int grow(map *table)
{
    map larger = {NULL, table->size ? table->size * 2 : SMALLEST, 0, table->seed};
    larger.entries = calloc(larger.size, sizeof *larger.entries);
    if (!larger.entries)
        return -1;
    for (size_t at = 0; at < table->size; at++)
        if (table->entries[at].value)
            place(&larger, table->entries[at].key, table->entries[at].value);
    free(table->entries);
    *table = larger;
    return 0;
}

int map_put(map *table, uint64_t key, void *value)
{
    if (4 * (table->count + 1) > 3 * table->size && !map_get(table, key) && grow(table))
        return -1;
    place(table, key, value);
    return 0;
}

void map_remove(map *table, uint64_t key)
{
    if (!map_get(table, key))
        return;
    size_t mask = table->size - 1, at = home(table, key);
    while (table->entries[at].key != key || !table->entries[at].value)
        at = (at + 1) & mask;
    /* Close the hole: whoever stands further from home than the hole may move into it. */
    for (size_t next = (at + 1) & mask; table->entries[next].value; next = (next + 1) & mask) {
        size_t wanted = home(table, table->entries[next].key);
        if (((next - wanted) & mask) >= ((next - at) & mask)) {
            table->entries[at] = table->entries[next];
            at = next;
        }
    }
    table->entries[at].value = NULL;
    table->count--;
}

void map_free(map *table)
{
    free(table->entries);
    table->entries = NULL;
    table->size = table->count = 0;
}
