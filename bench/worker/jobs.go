package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"

	"updoc/format/cbs"
	"updoc/format/evtx"
	"updoc/format/regf"
)

// input is the file worked on; it counts what is read of it.
type input struct {
	*os.File
	size int64
	read atomic.Int64
}

// ReadAt implements io.ReaderAt.
func (in *input) ReadAt(b []byte, off int64) (int, error) {
	n, err := in.File.ReadAt(b, off)
	in.read.Add(int64(n))
	return n, err
}

// events decodes an event log fully and writes JSON lines to standard output.
func events(in *input, _ []string) (c counts, err error) {
	log, err := evtx.Open(in, in.size)
	if err != nil {
		return c, err
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	var line []byte
	err = log.Records(context.Background(), nil, func(r *evtx.Record) error {
		c.Records++
		line = append(evtx.AppendJSON(line[:0], r), '\n')
		_, err := out.Write(line)
		return err
	})
	return c, errors.Join(err, out.Flush())
}

// hive walks a hive with all keys, value names and data, after its logs, if any, were
// applied; so many times, each time opened anew.
func hive(in *input, args []string) (c counts, err error) {
	if len(args) == 0 {
		return c, errors.New("hive FILE TIMES LOG…")
	}
	times, err := strconv.Atoi(args[0])
	if err != nil {
		return c, err
	}
	logs, err := openLogs(args[1:])
	if err != nil {
		return c, err
	}
	for range times {
		if c, err = walk(in, logs); err != nil {
			break
		}
	}
	return c, err
}

// openLogs opens transaction logs; they stay open until the program ends.
func openLogs(paths []string) (logs []regf.Log, err error) {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		logs = append(logs, regf.Log{Name: path, R: f, Size: info.Size()})
	}
	return logs, nil
}

func walk(in *input, logs []regf.Log) (c counts, err error) {
	h, err := regf.Open(in, in.size, logs...)
	if err != nil {
		return c, err
	}
	if info := h.Info(); len(logs) > 0 && !info.Recovered {
		return c, fmt.Errorf("the logs were not applied: %v", info.Problems)
	}
	var values []regf.Value
	var name, data []byte
	err = h.Walk(context.Background(), func(_ string, k regf.Key) error {
		c.Records++
		values, _ = k.AppendValues(values[:0]) // of a damaged list the rest is walked
		for _, v := range values {
			name = v.AppendName(name[:0])
			data, _ = v.AppendBytes(data[:0])
			c.Values++
			c.Length += int64(len(name) + len(data))
		}
		return nil
	})
	return c, err
}

// key opens a hive and reads one value of one key.
func key(in *input, args []string) (c counts, err error) {
	if len(args) != 2 {
		return c, errors.New("key FILE KEY VALUE")
	}
	h, err := regf.Open(in, in.size)
	if err != nil {
		return c, err
	}
	k, err := h.Key(args[0])
	if err != nil {
		return c, err
	}
	v, err := k.Value(args[1])
	if err != nil {
		return c, err
	}
	_, err = v.Bytes()
	c.Records = 1
	return c, err
}

// cbsLog extracts everything from a CBS log, with so many workers.
func cbsLog(in *input, args []string) (c counts, err error) {
	workers := 1
	if len(args) > 0 {
		if workers, err = strconv.Atoi(args[0]); err != nil {
			return c, err
		}
	}
	log, err := cbs.ReadAt(context.Background(), in, in.size, cbs.Options{Parallel: workers})
	if err != nil {
		return c, err
	}
	c.Records = log.Lines
	return c, nil
}
