package wine

import (
	"bytes"
	"context"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"updoc/testkit"
)

// gate shows the folder of everybody's data of a Windows, where updoc keeps its journals, and
// holds the program that writes there as soon as a record more is in a journal: it can be
// killed then, and neither before nor after.
type gate struct {
	sync.Mutex
	left    int           // records that may still be written; 0: all
	reached chan struct{} // closed when the last of them was
	let     chan struct{} // closed to let go what is held
}

// watched puts a gate before the data of a Windows in which nothing runs yet.
func watched(t *testing.T, p *testkit.WinePrefix) *gate {
	t.Helper()
	_, err := os.Stat("/dev/fuse")
	testkit.Need(t, os.Geteuid() == 0 && err == nil, "root and /dev/fuse")
	shown := p.Path(`C:\ProgramData`)
	behind := filepath.Join(p.Dir, "data")
	if err := os.Rename(shown, behind); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(shown, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := fs.NewLoopbackRoot(behind)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	server, err := fs.Mount(shown, &gated{root.(*fs.LoopbackNode), g}, &fs.Options{MountOptions: fuse.MountOptions{
		FsName: "updoc-test", Name: "updoc-test", DirectMountStrict: true, Logger: log.New(io.Discard, "", 0),
		DisabledCapabilities: fuse.CAP_PASSTHROUGH, // by it the kernel writes without us
	}})
	if err != nil {
		t.Fatal(err)
	}
	keepToUs(t)
	t.Cleanup(func() {
		p.Stop(t)
		if err := server.Unmount(); err != nil {
			t.Error(err)
			syscall.Unmount(shown, syscall.MNT_FORCE|syscall.MNT_DETACH)
		}
	})
	return g
}

// keepToUs keeps programs that a test starts from holding its file systems: else they would
// outlive a test that is killed, answer nobody, and every Wine that asks for volumes would hang.
func keepToUs(t *testing.T) {
	t.Helper()
	const all = "/proc/self/fd"
	open, err := os.ReadDir(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range open {
		to, _ := os.Readlink(filepath.Join(all, e.Name())) // it may be closed by now
		if fd, err := strconv.Atoi(e.Name()); err == nil && to == "/dev/fuse" {
			syscall.CloseOnExec(fd)
		}
	}
}

// gated is a file or folder behind a gate.
type gated struct {
	*fs.LoopbackNode
	gate *gate
}

// WrapChild implements fs.NodeWrapChilder.
func (n *gated) WrapChild(_ context.Context, child fs.InodeEmbedder) fs.InodeEmbedder {
	return &gated{child.(*fs.LoopbackNode), n.gate}
}

// Write implements fs.NodeWriter. A line break ends a record: it is written when all of
// the record is on the medium.
func (n *gated) Write(ctx context.Context, f fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	written, errno := f.(fs.FileWriter).Write(ctx, data, at)
	if errno == 0 && filepath.Base(n.Path(nil)) == "log" {
		n.gate.count(bytes.Count(data, []byte("\n")))
	}
	return written, errno
}

// count waits, if those were the last records that may be written.
func (g *gate) count(records int) {
	g.Lock()
	before := g.left
	g.left = max(g.left-records, 0)
	reached, let := g.reached, g.let
	last := before > 0 && g.left == 0
	g.Unlock()
	if last {
		close(reached)
		<-let
	}
}

// set lets so many records be written, 0: all, and lets go what is held.
func (g *gate) set(records int) (reached <-chan struct{}) {
	g.Lock()
	defer g.Unlock()
	if g.let != nil {
		close(g.let)
	}
	g.left, g.reached, g.let = records, make(chan struct{}), make(chan struct{})
	return g.reached
}

// untilKilled runs a program and kills it when it has written so many records; nil: it was.
// What ends by itself before is returned.
func (g *gate) untilKilled(t *testing.T, p *testkit.WinePrefix, records int, exe string, args ...string) *testkit.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := p.Command(ctx, t, exe, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	reached := g.set(records)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-reached:
		err := cmd.Process.Kill()
		g.set(0)
		<-ended
		if err != nil {
			t.Fatal(err)
		}
		return nil
	case err := <-ended:
		g.set(0)
		if _, exited := err.(*exec.ExitError); ctx.Err() != nil || err != nil && !exited {
			t.Fatal(args, err, ctx.Err(), complaint.String())
		}
		return &testkit.Result{Out: out.Bytes(), Err: complaint.Bytes(), Code: cmd.ProcessState.ExitCode()}
	}
}
