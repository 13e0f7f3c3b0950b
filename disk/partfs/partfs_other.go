//go:build !linux

package partfs

// Supported tells whether this system can show partitions as files at all.
const Supported = false

// server is the kernel's side of the mount, which only Linux has.
type server struct{}

func serve(string) (*server, error) { return nil, ErrUnsupported }

func (*server) add(string, *view)  {}
func (*server) sync(string) error  { return ErrUnsupported }
func (*server) forget(string)      {}
func (*server) remove(string)      {}
func (*server) close(string) error { return ErrUnsupported }
