package knowledge

import "testing"

func TestLoad(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Causes) == 0 || len(b.Remedies) == 0 || len(b.Codes) < 900 {
		t.Fatalf("%d causes, %d remedies, %d codes", len(b.Causes), len(b.Remedies), len(b.Codes))
	}
}
