package container

import "sync"

// cache keeps the blocks used last, so that a decompressed cluster or a table is not read again for
// every small read. Safe for several goroutines; blocks handed out must not be changed.
type cache struct {
	mu    sync.Mutex
	limit int
	clock uint64
	items map[int64]*cached
}

type cached struct {
	data []byte
	used uint64
}

// newCache holds as many blocks of the given size as fit into the budget, at least two.
func newCache(budget, block int) *cache {
	return &cache{limit: max(2, budget/block), items: map[int64]*cached{}}
}

func (c *cache) get(key int64) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.items[key]
	if it == nil {
		return nil
	}
	c.clock++
	it.used = c.clock
	return it.data
}

func (c *cache) put(key int64, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.items) >= c.limit {
		c.evict()
	}
	c.clock++
	c.items[key] = &cached{data, c.clock}
}

// evict drops the block that was not used for longest; the cache is small enough to search it.
func (c *cache) evict() {
	oldest, when := int64(0), ^uint64(0)
	for k, it := range c.items {
		if it.used < when {
			oldest, when = k, it.used
		}
	}
	delete(c.items, oldest)
}
