package regf

// security returns a security cell.
func (e *Editor) security(off uint32) ([]byte, error) {
	sk, err := e.own(off, 20)
	if err == nil && (sk[0] != 's' || sk[1] != 'k') {
		err = damaged("no security cell at 0x%x", baseSize+int64(off))
	}
	return sk, err
}

// useSecurity counts one more key that uses a security cell.
func (e *Editor) useSecurity(off uint32) error {
	sk, err := e.security(off)
	if err != nil {
		return err
	}
	e.skUses[off]++
	e.put32(off, 12, u32(sk, 12)+1)
	return nil
}

// leaveSecurity counts one key less. The cell goes with its last one, unless the stored count and the keys that were found
// disagree: then it stays.
func (e *Editor) leaveSecurity(off uint32) error {
	if off == nowhere {
		return nil
	}
	sk, err := e.security(off)
	if err != nil {
		return err
	}
	e.skUses[off]--
	left, uses := u32(sk, 12), e.skUses[off]
	if left > 0 {
		left--
	}
	if left > 0 || uses > 0 {
		e.put32(off, 12, max(left, uses))
		return nil
	}
	return e.unlinkSecurity(off, u32(sk, 4), u32(sk, 8))
}

// unlinkSecurity takes a security cell out of the ring of all and frees it.
func (e *Editor) unlinkSecurity(off, next, prev uint32) error {
	after, err := e.security(next)
	if err != nil {
		return err
	}
	before, err := e.security(prev)
	if err != nil {
		return err
	}
	if next == off || u32(after, 8) != off || u32(before, 4) != off {
		return damaged("the security cell at 0x%x is not in the ring", baseSize+int64(off))
	}
	e.put32(prev, 4, next)
	e.put32(next, 8, prev)
	delete(e.skUses, off)
	return e.release(off)
}
