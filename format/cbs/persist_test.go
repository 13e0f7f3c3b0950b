package cbs

import (
	"testing"
	"time"
)

func TestSortNames(t *testing.T) {
	got := SortNames([]string{"cbs.LOG", "CbsPersist_20240301000001.log", "CbsPersist_20240109101112.cab", "CheckSUR.log", "CbsPersist_2024.log", "CbsPersist_20241399000000.log"})
	if len(got) != 3 || got[0].Name != "CbsPersist_20240109101112.cab" || !got[0].Cabinet || got[1].Cabinet || !got[2].Current || got[2].Name != "cbs.LOG" {
		t.Fatalf("%+v", got)
	}
	if want := time.Date(2024, 1, 9, 10, 11, 12, 0, time.UTC); !got[0].Time.Equal(want) {
		t.Errorf("time %v", got[0].Time)
	}
}
