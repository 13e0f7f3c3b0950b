package reagentlog

import (
	"bytes"
	"context"
	"io"

	"updoc/format/textlog"
)

// Read reads a log to its end. Lines of unknown form are passed. When r fails
// or ctx is cancelled, the Log holds what was seen before.
func Read(ctx context.Context, r io.Reader) (*Log, error) {
	in := &reader{log: &Log{}}
	var err error
	in.log.Encoding, in.log.Bytes, err = textlog.Each(ctx, r, "ReAgent.log", func(l textlog.Line) error {
		in.line(l)
		return nil
	})
	in.endPartition()
	in.endCheck()
	return in.log, err
}

// reader holds the records that go over several lines.
type reader struct {
	log  *Log
	part *Partition
	test *Check
}

func (in *reader) line(l textlog.Line) {
	in.log.Lines++
	h := textlog.ParseHead(l.Text)
	e := Entry{Line: l.Number, At: l.Offset, Level: h.Level}
	if h.Stamped {
		in.log.Stamped++
		e.Time, _ = textlog.ParseTime(h.Stamp)
		if in.log.FirstTime.IsZero() {
			in.log.FirstTime = e.Time
		}
		in.log.LastTime = e.Time
	}
	process, text := splitProcess(h.Rest)
	e.Process = process
	e.Text = textlog.Clip(text, maxText)
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return
	}
	in.problem(e)
	if in.frame(e, text) || in.partition(e, text) || in.check(e, text) {
		return
	}
	in.call(e, text)
	in.verdict(e, text)
}

// splitProcess splits "[ReAgentc.exe] text".
func splitProcess(b []byte) (string, []byte) {
	if len(b) == 0 || b[0] != '[' {
		return "", b
	}
	end := bytes.IndexByte(b[:min(len(b), 80)], ']')
	if end < 0 {
		return "", b
	}
	return textlog.Clip(b[1:end], 64), b[end+1:]
}

// noise are warnings and errors that healthy machines write.
var noise = []string{
	"RegOpenKeyEx(RecEnv) failed: 0x2",
	"WinReSetTriggerFile failed to delete file (0x2)",
}

func (in *reader) problem(e Entry) {
	if e.Level != textlog.LevelWarning && e.Level != textlog.LevelError {
		return
	}
	for _, n := range noise {
		if bytes.Contains([]byte(e.Text), []byte(n)) {
			return
		}
	}
	in.log.ProblemCount++
	in.log.Problems = textlog.AppendNewest(in.log.Problems, e, maxProblems)
}

// frame interprets the lines around a command:
//
//	-----Executing command line: "C:\WINDOWS\system32\ReAgentc.exe" /info-----
//	-----Exiting command line: "C:\WINDOWS\system32\ReAgentc.exe" /info, Error: 0-----
func (in *reader) frame(e Entry, text []byte) bool {
	inner := bytes.Trim(text, "-")
	if len(inner) == 0 {
		return true
	}
	if c, ok := bytes.CutPrefix(inner, []byte("Executing command line: ")); ok {
		in.endPartition()
		in.endCheck()
		in.log.CommandCount++
		in.log.Commands = textlog.AppendNewest(in.log.Commands, Command{Entry: e, CommandLine: textlog.Clip(c, maxText)}, maxCommands)
		return true
	}
	c, ok := bytes.CutPrefix(inner, []byte("Exiting command line: "))
	if ok {
		in.endPartition()
		in.endCheck()
		in.exit(e, c)
	}
	return ok
}

// exit ends the newest command with the same line; the frame may also be all
// that is left of it.
func (in *reader) exit(e Entry, c []byte) {
	result := ""
	if i := bytes.LastIndex(c, []byte(", Error: ")); i >= 0 {
		result = textlog.Clip(bytes.TrimSpace(c[i+len(", Error: "):]), 32)
		c = c[:i]
	}
	line := textlog.Clip(c, maxText)
	cmd := in.openCommand(e.Process, line)
	if cmd == nil {
		in.log.CommandCount++
		in.log.Commands = textlog.AppendNewest(in.log.Commands, Command{Entry: e, CommandLine: line}, maxCommands)
		cmd = &in.log.Commands[len(in.log.Commands)-1]
	}
	cmd.Ended, cmd.EndLine, cmd.End = true, e.Line, e.Time
	cmd.Result = result
	cmd.Failed = result != "" && result != "0" && result != "0x0"
}

func (in *reader) openCommand(process, line string) *Command {
	for i := len(in.log.Commands) - 1; i >= 0; i-- {
		c := &in.log.Commands[i]
		if !c.Ended && c.Process == process && c.CommandLine == line {
			return c
		}
	}
	return nil
}
