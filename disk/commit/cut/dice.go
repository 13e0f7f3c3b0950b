package cut

// dice are numbers that only depend on the seed (splitmix64, Steele, Lea and Flood 2014).
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

func (d *dice) half() bool { return d.next()&1 == 0 }

func (d *dice) shuffled(events []event) []event {
	out := append([]event(nil), events...)
	for i := len(out) - 1; i > 0; i-- {
		k := d.below(i + 1)
		out[i], out[k] = out[k], out[i]
	}
	return out
}
