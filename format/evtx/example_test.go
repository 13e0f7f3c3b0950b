package evtx_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"updoc/format/evtx"
)

// Example writes a log with one failed update and finds it again.
func Example() {
	file, err := evtx.Build([]evtx.Event{{
		Provider: "Microsoft-Windows-WindowsUpdateClient",
		EventID:  20,
		Level:    2,
		Channel:  "System",
		Computer: "PC-01",
		Time:     time.Date(2024, 1, 9, 10, 0, 0, 0, time.UTC),
		Data: []evtx.Item{
			{Name: "errorCode", Type: evtx.TypeHex32, Value: "0x80070643"},
			{Name: "updateTitle", Type: evtx.TypeString, Value: "KB5034441"},
		},
	}}, evtx.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	log, err := evtx.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		fmt.Println(err)
		return
	}
	failed := func(h evtx.Head) bool { return h.EventID == 20 }
	err = log.Records(context.Background(), failed, func(r *evtx.Record) error {
		fmt.Println(r.Time.Format(time.DateOnly), r.Get("updateTitle"), r.Get("errorCode"))
		return nil
	})
	fmt.Println(log.Info().Records, err)
	// Output:
	// 2024-01-09 KB5034441 0x80070643
	// 1 <nil>
}
